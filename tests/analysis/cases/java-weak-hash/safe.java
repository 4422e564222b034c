class Digests {
  void all(String password) throws Exception {
    MessageDigest.getInstance("SHA-256");
    MessageDigest.getInstance(algorithm);
    DigestUtils.sha256Hex(password);
    String name = "MD5";
    Hashing.sha256().hashString(text, UTF_8);
  }
}
