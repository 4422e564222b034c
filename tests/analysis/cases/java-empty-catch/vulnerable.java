class Desk {
  void save(Visit visit) {
    try { store.put(visit); } catch (SQLException e) {} // expect
    try {
      store.put(visit);
    } /* expect */ catch (IOException | RuntimeException error) {
    }
    try (Stream stream = open()) {
      stream.run();
    } catch (Exception e) { } finally { done(); } // expect
  }
}
