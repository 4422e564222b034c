; title: certificates are not checked
; languages: go
; severity: high
; confidence: high
; category: security
; cwe: CWE-295
; hint: \bInsecureSkipVerify\b
; message: without this check anybody between us and the server can read and change what is sent
; advice: leave the check on and name the private authority in RootCAs
; vulnerable: &tls.Config{InsecureSkipVerify: true}
; safe: &tls.Config{RootCAs: siteAuthorities}

((keyed_element key: (literal_element (identifier) @key) value: (literal_element (true))) @place
 (#eq? @key "InsecureSkipVerify"))

((assignment_statement
   left: (expression_list (selector_expression field: (field_identifier) @key))
   right: (expression_list (true))) @place
 (#eq? @key "InsecureSkipVerify"))

; Whoever verifies by hand must switch the built-in check off.
((keyed_element key: (literal_element (identifier) @key)) @unless
 (#any-of? @key "VerifyPeerCertificate" "VerifyConnection"))
((assignment_statement left: (expression_list (selector_expression field: (field_identifier) @key))) @unless
 (#any-of? @key "VerifyPeerCertificate" "VerifyConnection"))
