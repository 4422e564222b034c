class Jobs {
  void all(Runnable task) {
    new Thread(task).run(); // expect
    Thread worker = new Thread(task, "worker");
    worker.run(); // expect
    (new Thread(task)).run(); // expect
    var other = new Thread(() -> work());
    other.run(); // expect
  }
}
