class Visits {
  private static final String TABLE = "visits";

  void find(String id) throws SQLException {
    connection.prepareStatement("SELECT * FROM users WHERE id = ?");
    connection.prepareStatement("SELECT * FROM users " + "WHERE id = ?");
    connection.prepareStatement("SELECT * FROM " + TABLE + " WHERE id = ?");
    String sql = "SELECT * FROM " + Schema.USERS + " WHERE id = ?";
    statement.executeQuery(sql);
    map.update("update " + name, value);
    log.info("select " + id + " from list");
    String failed = "Update failed where id = " + id;
    statement.executeQuery(String.format("SELECT * FROM users LIMIT %d", limit));
    executor.execute(task("run", id));
  }
}
