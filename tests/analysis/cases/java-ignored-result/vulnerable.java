class Names {
  void clean(String name) {
    name.trim(); // expect
    name.toLowerCase(); // expect
    this.name.strip(); // expect
    name.replaceAll("a", "b"); // expect
  }
}
