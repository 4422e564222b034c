package fetch

func get(url string) error {
	answer, err := http.Get(url)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	first, second := pair()
	defer first.Close()
	return second
}
