class Ping {
  void ping(String host) throws IOException {
    Runtime.getRuntime().exec("ping " + host); // expect
    Runtime.getRuntime().exec(String.format("ping %s", host)); // expect
    runtime.exec("sh -c " + command, null); // expect
    Runtime.getRuntime().exec(new String[] {"sh", "-c", "ls " + folder}); // expect
    Runtime.getRuntime().exec(request.getParameter("command")); // expect
    new ProcessBuilder("/bin/bash", "-c", "tar xf " + archive).start(); // expect
    new ProcessBuilder("cmd.exe", "/c", command).start(); // expect
  }
}
