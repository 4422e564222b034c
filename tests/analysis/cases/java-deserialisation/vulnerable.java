class Session {
  Object first(HttpServletRequest request) throws Exception {
    return new ObjectInputStream(request.getInputStream()).readObject(); // expect
  }

  Visit second(Socket socket) throws Exception {
    ObjectInputStream in = new ObjectInputStream(socket.getInputStream());
    return (Visit) in.readObject(); // expect
  }

  Object third(byte[] bytes) throws Exception {
    try (ObjectInputStream stream = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
      return stream.readUnshared(); // expect
    }
  }

  Object fourth(InputStream upload) {
    var decoder = new XMLDecoder(upload);
    return decoder.readObject(); // expect
  }
}
