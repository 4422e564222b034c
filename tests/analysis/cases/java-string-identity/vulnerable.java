class Roles {
  void check(String role) {
    if (role == "admin") grant(); // expect
    boolean other = user.getRole() != "guest"; // expect
    if ("doctor" == this.role) grant(); // expect
    while (args[0] == "again") run(); // expect
  }
}
