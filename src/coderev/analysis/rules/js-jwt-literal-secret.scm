; title: the key of a token stands in the code
; languages: javascript, typescript, tsx
; severity: high
; confidence: high
; category: security
; cwe: CWE-798
; hint: (?i)jwt|jsonwebtoken
; message: whoever can read this file can sign tokens for anybody
; advice: read the key from the site's secret store or from the environment
; vulnerable: jwt.sign(claims, "clinic-key-2024")
; safe: jwt.sign(claims, settings.signingKey)

((call_expression
   function: (member_expression object: (identifier) @library property: (property_identifier) @call)
   arguments: (arguments . (_) . [(string (string_fragment)) (template_string)] @key)) @place
 (#match? @library "(?i)jwt|jsonwebtoken")
 (#any-of? @call "sign" "verify")
 (#not-match? @key "\\$\\{|BEGIN (RSA |EC )?PUBLIC KEY"))

((call_expression
   function: (member_expression object: (identifier) @library property: (property_identifier) @call)
   arguments: (arguments . (_) . (binary_expression left: (_) @configured right: (string (string_fragment))))) @place
 (#match? @library "(?i)jwt|jsonwebtoken")
 (#any-of? @call "sign" "verify")
 (#match? @configured "^process\\.env\\b"))
