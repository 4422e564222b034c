package client

func clients() {
	one := &tls.Config{RootCAs: site}
	two := &tls.Config{InsecureSkipVerify: false}
	three.InsecureSkipVerify = insecure
}

func pinned() *tls.Config {
	return &tls.Config{InsecureSkipVerify: true, VerifyPeerCertificate: pin}
}
