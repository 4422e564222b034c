package work

func all() {
	var group sync.WaitGroup
	for _, job := range jobs {
		go func(job Job) {
			group.Add(1) // expect
			defer group.Done()
			job.Run()
		}(job)
	}
	go func() {
		s.wg.Add(1) // expect
		defer s.wg.Done()
	}()
	go func() { group.Add(len(jobs)); work(); group.Done() }() // expect
	s.wg.Wait()
	group.Wait()
}
