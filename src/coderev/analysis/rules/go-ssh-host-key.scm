; title: any SSH server is believed
; languages: go
; severity: high
; confidence: high
; category: security
; cwe: CWE-322
; hint: \bInsecureIgnoreHostKey\b
; message: the server's key is not checked; anybody in between can pose as the server and read the session
; advice: use knownhosts.New or ssh.FixedHostKey
; vulnerable: config.HostKeyCallback = ssh.InsecureIgnoreHostKey()
; safe: config.HostKeyCallback = ssh.FixedHostKey(serverKey)

((call_expression function: (selector_expression operand: (identifier) @package field: (field_identifier) @call)) @place
 (#eq? @package "ssh")
 (#eq? @call "InsecureIgnoreHostKey"))
