class Tokens {
  void all() {
    byte[] token = new byte[32];
    new SecureRandom().nextBytes(token);
    int delay = new Random().nextInt(100);
    double share = Math.random();
    int tokens = ThreadLocalRandom.current().nextInt(5);
  }

  int rollDice() {
    return new Random().nextInt(6);
  }
}
