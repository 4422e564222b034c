; title: a cookie is open to scripts or to plain HTTP
; languages: javascript, typescript, tsx
; severity: medium
; confidence: high
; category: security
; cwe: CWE-1004
; hint: \b(httpOnly|secure)\s*:\s*false
; message: without httpOnly a script can read the cookie, without secure it travels unencrypted
; advice: set httpOnly: true, secure: true and sameSite: "lax"
; vulnerable: response.cookie("session", id, { httpOnly: false })
; safe: response.cookie("session", id, { httpOnly: true, secure: true })

((pair key: (property_identifier) @key value: (false)) @place
 (#any-of? @key "httpOnly" "secure"))

((call_expression
   function: [(identifier) @call (member_expression property: (property_identifier) @call)]
   arguments: (arguments)) @inside
 (#match? @call "(?i)cookie|^session$"))

((pair key: (property_identifier) @key) @inside
 (#match? @key "(?i)cookie"))
