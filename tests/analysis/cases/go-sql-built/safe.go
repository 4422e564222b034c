package visits

const table = "visits"

func find(db *sql.DB, id string) {
	db.Query("SELECT * FROM users WHERE id = $1", id)
	db.QueryContext(ctx, "SELECT * FROM users "+"WHERE id = $1", id)
	db.Exec(`DELETE FROM visits WHERE id = $1`, id)
	log.Printf("select %s from list", id)
	values.Get(fmt.Sprintf("row-%d", number))
	where := fmt.Sprintf("page=%d", page)
	db.Query(query, where)
	failed := fmt.Sprintf("update failed where id = %s", id)
	db.Query(fmt.Sprintf("SELECT * FROM users LIMIT %d OFFSET %d", limit, offset))
}
