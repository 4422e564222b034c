class Desk {
  void save(Visit visit) {
    try {
      store.put(visit);
    } catch (SQLException e) {
      throw new StorageFailed(e);
    }
    try {
      Thread.sleep(10);
    } catch (InterruptedException ignored) {
    }
    try {
      close();
    } catch (IOException e) {
      // the file is read only
    }
  }
}
