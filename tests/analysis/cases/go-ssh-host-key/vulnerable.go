package remote

func connect() {
	config := &ssh.ClientConfig{
		User:            "clinic",
		HostKeyCallback: ssh.InsecureIgnoreHostKey(), // expect
	}
	config.HostKeyCallback = ssh.InsecureIgnoreHostKey() // expect
	dial(ssh.InsecureIgnoreHostKey()) // expect
}
