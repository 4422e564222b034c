; title: certificates are not checked
; languages: javascript, typescript, tsx
; severity: high
; confidence: high
; category: security
; cwe: CWE-295
; hint: \b(rejectUnauthorized|NODE_TLS_REJECT_UNAUTHORIZED|strictSSL)\b
; message: without this check anybody between us and the server can read and change what is sent
; advice: leave the check on and name the private authority with `ca`
; vulnerable: new https.Agent({ rejectUnauthorized: false })
; safe: new https.Agent({ ca: readFileSync("site-ca.pem") })

((pair key: [(property_identifier) (string)] @key value: (false)) @place
 (#match? @key "^['\"]?(rejectUnauthorized|strictSSL)['\"]?$"))

((assignment_expression
   left: (member_expression property: (property_identifier) @key) right: (false)) @place
 (#any-of? @key "rejectUnauthorized" "strictSSL"))

((assignment_expression
   left: [(member_expression property: (property_identifier) @key) (subscript_expression index: (string (string_fragment) @key))]
   right: [(string) (number)] @off) @place
 (#eq? @key "NODE_TLS_REJECT_UNAUTHORIZED")
 (#match? @off "^['\"]?0['\"]?$"))
