class Names {
  String clean(String name) {
    name = name.trim();
    send(name.toLowerCase());
    list.replaceAll(String::trim);
    buffer.trim(10);
    names.replaceAll(before, after);
    return name.replaceAll("a", "b");
  }
}
