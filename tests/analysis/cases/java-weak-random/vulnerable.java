class Tokens {
  String all() {
    String token = Long.toHexString(new Random().nextLong()); // expect
    this.password = RandomStringUtils.randomAlphanumeric(12); // expect
    int otp = ThreadLocalRandom.current().nextInt(1000000); // expect
    sessionId = "s" + Math.random(); // expect
    return token;
  }

  String generateToken() {
    Random random = new Random(); // expect
    return Long.toString(random.nextLong());
  }
}
