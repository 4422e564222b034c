package fetch

func get(url string) error {
	answer, err := http.Get(url)
	defer answer.Body.Close() // expect
	if err != nil {
		return err
	}
	file, err := os.Open(name)
	defer file.Close() // expect
	rows, queryErr := db.Query(text)
	defer rows.Close() // expect
	return queryErr
}
