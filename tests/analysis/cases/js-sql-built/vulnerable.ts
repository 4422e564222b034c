db.query("SELECT * FROM users WHERE id = " + id); // expect
await pool.query(`SELECT name FROM visits WHERE day = '${day}'`); // expect
connection.execute("DELETE FROM visits WHERE id = " + request.params.id + " LIMIT 1"); // expect
const rows = await client.query({ text: `UPDATE users SET name = '${name}'` }); // expect
const sql = "SELECT id FROM users WHERE name = '" + name + "'"; // expect
await db.query(sql);
function find(id: string) {
  return `SELECT * FROM visits WHERE patient = ${id}`; // expect
}
sequelize.query(`INSERT INTO log VALUES (${value})`); // expect
knex.raw("select * from t where a like '%" + text + "%'"); // expect
await prisma.$queryRawUnsafe(`SELECT * FROM users WHERE email = ${email}`); // expect
/* expect */ db.all(
  "SELECT * FROM users " +
    "WHERE name = '" + name + "'",
);
const named = /* expect */ `SELECT *
  FROM users
  WHERE name = '${name}'`;
