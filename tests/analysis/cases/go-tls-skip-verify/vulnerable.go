package client

func clients() {
	one := &tls.Config{InsecureSkipVerify: true} // expect
	two := &http.Transport{TLSClientConfig: &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: true, // expect
	}}
	three.InsecureSkipVerify = true // expect
	transport.TLSClientConfig.InsecureSkipVerify = true // expect
}
