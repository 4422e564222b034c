package work

func all() {
	var group sync.WaitGroup
	for _, job := range jobs {
		group.Add(1)
		go func(job Job) {
			defer group.Done()
			job.Run()
		}(job)
	}
	go func() {
		counter.Add(1)
	}()
	group.Wait()
}
