class Ping {
  void ping(String host) throws IOException {
    Runtime.getRuntime().exec("uptime");
    Runtime.getRuntime().exec(new String[] {"ping", host});
    new ProcessBuilder("ping", "--", host).start();
    new ProcessBuilder("sh", "-c", "ls | wc -l").start();
    executor.exec("job " + host);
    Runtime.getRuntime().exec(PROGRAM + " --version");
  }
}
