package desk

func save(visit Visit) {
	/* expect */ if err := store.Put(visit); err != nil {
	}
	err := load()
	if err != nil {} // expect
	if closeErr := file.Close(); closeErr != nil { } // expect
}
