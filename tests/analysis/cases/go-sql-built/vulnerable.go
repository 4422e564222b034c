package visits

func find(db *sql.DB, id string) error {
	db.Query("SELECT * FROM users WHERE id = " + id)                        // expect
	db.Exec(fmt.Sprintf("DELETE FROM visits WHERE id = '%s'", id))          // expect
	db.QueryRowContext(ctx, "SELECT name FROM t WHERE id = '"+id+"'")       // expect
	query := fmt.Sprintf("SELECT * FROM users WHERE name = '%s'", name)     // expect
	db.Raw(fmt.Sprintf("UPDATE users SET name = '%v'", name)).Scan(&result) // expect
	statement := "INSERT INTO log VALUES ('" + text + "')"                  // expect
	return run(query, statement)
}
