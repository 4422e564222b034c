class Jobs {
  void all(Runnable task) {
    new Thread(task).start();
    Thread worker = new Thread(task, "worker");
    worker.start();
    task.run();
    new Job(task).run();
    var other = new Job(() -> work());
    other.run();
  }
}
