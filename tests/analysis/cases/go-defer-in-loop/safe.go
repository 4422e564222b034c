package files

func all(names []string) {
	defer root.Close()
	for _, name := range names {
		func() {
			file, _ := os.Open(name)
			defer file.Close()
		}()
		go func() {
			defer lock.Unlock()
			defer group.Done()
		}()
	}
}
