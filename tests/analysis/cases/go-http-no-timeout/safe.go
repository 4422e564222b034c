package server

func main() {
	server := &http.Server{Addr: ":8080", ReadHeaderTimeout: 5 * time.Second}
	client := &http.Client{Timeout: 10 * time.Second}
	server.ListenAndServe()
}

func later() *http.Client {
	client := &http.Client{}
	client.Timeout = time.Minute
	return client
}
