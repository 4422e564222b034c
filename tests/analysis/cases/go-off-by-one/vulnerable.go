package rows

func all() {
	for i := 0; i <= len(rows); i++ {
		total += rows[i].Cost // expect
	}
	for j := 0; j <= len(s.names); j++ {
		use(s.names[j]) // expect
	}
	for k := 0; k <= len(text); k++ {
		if text[k] == 'x' { // expect
			found = k
		}
	}
}
