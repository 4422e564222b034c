package rows

func all() {
	for i := 0; i < len(rows); i++ {
		total += rows[i].Cost
	}
	for i := 1; i <= len(rows); i++ {
		total += rows[i-1].Cost
	}
	for i := 0; i <= len(rows); i++ {
		parts = append(parts, rows[:i])
	}
}

func fence() {
	for i := 0; i <= len(text); i++ {
		if i == len(text) || text[i] == ',' {
			flush(i)
		}
	}
}
