; title: a token is believed without its signature
; languages: javascript, typescript, tsx
; severity: high
; confidence: medium
; category: security
; cwe: CWE-347
; hint: (?i)jwt|jsonwebtoken
; message: whoever writes the token decides what it says; nothing here proves who signed it
; advice: jwt.verify(token, key, { algorithms: ["RS256"] })
; vulnerable: jwt.verify(token, key, { algorithms: ["none"] })
; safe: jwt.verify(token, key, { algorithms: ["RS256"] })

((call_expression
   function: (member_expression object: (identifier) @library property: (property_identifier) @call)
   arguments: (arguments (_) (_) (object (pair
     key: (property_identifier) @key
     value: [(array (string (string_fragment) @algorithm)) (string (string_fragment) @algorithm)])))) @place
 (#match? @library "(?i)jwt|jsonwebtoken")
 (#any-of? @call "verify" "sign")
 (#any-of? @key "algorithms" "algorithm")
 (#match? @algorithm "(?i)^none$"))

((call_expression
   function: (member_expression object: (identifier) @library property: (property_identifier) @call)
   arguments: (arguments . (_) . [(null) (undefined) (false) (string) @empty])) @place
 (#match? @library "(?i)jwt|jsonwebtoken")
 (#eq? @call "verify")
 (#any-of? @empty "''" "\"\""))

((call_expression
   function: (member_expression object: (identifier) @library property: (property_identifier) @call)
   arguments: (arguments (_) (_) (object (pair key: (property_identifier) @key value: (true))))) @place
 (#match? @library "(?i)jwt|jsonwebtoken")
 (#eq? @call "verify")
 (#eq? @key "ignoreExpiration"))
