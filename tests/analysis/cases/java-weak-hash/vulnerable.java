class Digests {
  void all(String password) throws Exception {
    MessageDigest.getInstance("MD5").digest(password.getBytes()); // expect
    MessageDigest digest = MessageDigest.getInstance("SHA-1"); // expect
    MessageDigest.getInstance("sha1", provider); // expect
    String hex = DigestUtils.md5Hex(password); // expect
    Hashing.sha1().hashString(text, UTF_8); // expect
  }
}
