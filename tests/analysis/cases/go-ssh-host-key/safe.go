package remote

func connect() {
	config := &ssh.ClientConfig{HostKeyCallback: ssh.FixedHostKey(key)}
	config.HostKeyCallback = known
	// never ssh.InsecureIgnoreHostKey()
}
