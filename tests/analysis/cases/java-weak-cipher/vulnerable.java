class Secrets {
  void all() throws Exception {
    Cipher.getInstance("DES"); // expect
    Cipher.getInstance("AES/ECB/PKCS5Padding"); // expect
    Cipher.getInstance("AES"); // expect
    Cipher.getInstance("DESede/CBC/PKCS5Padding"); // expect
    javax.crypto.Cipher.getInstance("RC4", provider); // expect
  }
}
