class Secrets {
  void all() throws Exception {
    Cipher.getInstance("AES/GCM/NoPadding");
    Cipher.getInstance("AES/CBC/PKCS5Padding");
    Cipher.getInstance("RSA/ECB/OAEPWithSHA-256AndMGF1Padding");
    Cipher.getInstance(transformation);
    KeyGenerator.getInstance("AES");
  }
}
