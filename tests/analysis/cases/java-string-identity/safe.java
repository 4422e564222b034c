class Roles {
  void check(String role) {
    if ("admin".equals(role)) grant();
    if (role == null) return;
    if (role == other) grant();
    if (letter == 'a') grant();
    String text = role + " == \"admin\"";
  }
}
