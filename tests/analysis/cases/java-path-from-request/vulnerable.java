class Files {
  void read(HttpServletRequest request) throws IOException {
    File one = new File(folder, request.getParameter("name")); // expect
    InputStream two = new FileInputStream("uploads/" + request.getParameter("name")); // expect
    Path three = Paths.get("uploads", request.getHeader("X-Name")); // expect
    Path four = Path.of(request.getPathInfo()); // expect
  }

  void store(MultipartFile upload) throws IOException {
    upload.transferTo(new File("/srv/" + upload.getOriginalFilename())); // expect
  }
}
