class Session {
  Visit first(HttpServletRequest request) throws Exception {
    return mapper.readValue(request.getInputStream(), Visit.class);
  }

  private void readObject(ObjectInputStream source) throws Exception {
    source.defaultReadObject();
    this.visit = (Visit) source.readObject();
  }

  Visit second(Socket socket) throws Exception {
    ObjectInputStream in = new ObjectInputStream(socket.getInputStream());
    in.setObjectInputFilter(VISITS_ONLY);
    return (Visit) in.readObject();
  }

  Object third() {
    var reader = new RowReader();
    return reader.readObject();
  }
}
