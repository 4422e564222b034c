package files

func all(names []string) {
	for _, name := range names {
		file, err := os.Open(name)
		if err != nil {
			continue
		}
		defer file.Close() // expect
	}
	for i := 0; i < 3; i++ {
		lock.Lock()
		if i > 1 {
			defer lock.Unlock() // expect
		}
	}
	for rows.Next() {
		defer rows.Close() // expect
	}
}
