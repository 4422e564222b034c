; title: a server or client waits for ever
; languages: go
; severity: low
; confidence: high
; category: bug
; cwe: CWE-400
; hint: \bhttp\s*\.\s*(ListenAndServe(TLS)?|Serve(TLS)?|Server|Get|Post|PostForm|Head|DefaultClient|Client)\b
; message: nothing ends a connection that stays silent; a few hundred of them and nobody else is served
; advice: http.Server{ReadHeaderTimeout: 5 * time.Second, …} and http.Client{Timeout: 10 * time.Second}
; vulnerable: http.ListenAndServe(":8080", routes)
; safe: (&http.Server{Addr: ":8080", Handler: routes, ReadHeaderTimeout: 5 * time.Second}).ListenAndServe()

((call_expression function: (selector_expression operand: (identifier) @package field: (field_identifier) @call)) @place
 (#eq? @package "http")
 (#any-of? @call "ListenAndServe" "ListenAndServeTLS" "Serve" "ServeTLS"))

((composite_literal
   type: (qualified_type package: (package_identifier) @package name: (type_identifier) @type)
   body: (literal_value) @body) @place
 (#eq? @package "http")
 (#any-of? @type "Server" "Client")
 (#not-match? @body "Timeout"))

; A timeout may be set afterwards.
((assignment_statement left: (expression_list (selector_expression field: (field_identifier) @field))) @unless
 (#match? @field "Timeout$"))
