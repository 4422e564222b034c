package server

func main() {
	http.ListenAndServe(":8080", routes)                      // expect
	log.Fatal(http.ListenAndServeTLS(":8443", a, b, routes))  // expect
	server := &http.Server{Addr: ":8080", Handler: routes}    // expect
	client := http.Client{Transport: transport}               // expect
	server.ListenAndServe()
}
