class Files {
  Path read(HttpServletRequest request) throws IOException {
    Path path = folder.resolve(Paths.get(request.getParameter("name"))).normalize();
    if (!path.startsWith(folder)) throw new IOException();
    return path;
  }

  File fixed() {
    return new File(folder, "visits.csv");
  }

  Path name(HttpServletRequest request) {
    return folder.resolve(Path.of(request.getParameter("name")).getFileName());
  }
}
