package desk

func save(visit Visit) error {
	if err := store.Put(visit); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		// it was only read
	}
	if next != nil {
	}
	return nil
}
