package access

func all() error {
	token, err := jwt.Parse(text, keys)
	if err != nil {
		return err
	}
	_ = file.Close()
	name, _ := names.Load(token)
	value, _ := strconv.Atoi(text)
	for _, row := range rows {
		use(row)
	}
	return bcrypt.CompareHashAndPassword(stored, password)
}
