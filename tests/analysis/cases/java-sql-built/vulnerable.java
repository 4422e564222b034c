class Visits {
  private static final String TABLE = "visits";

  void find(Statement statement, String id) throws SQLException {
    statement.executeQuery("SELECT * FROM users WHERE id = " + id); // expect
    connection.prepareStatement("DELETE FROM visits WHERE id = '" + request.getParameter("id") + "'"); // expect
    statement.execute(String.format("UPDATE users SET name = '%s'", name)); // expect
    String sql = "SELECT name FROM users WHERE name = '" + name + "'"; // expect
    jdbc.queryForList("SELECT * FROM " + TABLE + " WHERE day = " + day); // expect
    entities.createNativeQuery("select u from User u where u.name like '%" + text + "%'"); // expect
    statement.executeUpdate("INSERT INTO log VALUES (%s)".formatted(entry)); // expect
    /* expect */ statement.executeQuery(
        "SELECT * FROM visits "
            + "WHERE patient = "
            + patient);
  }
}
