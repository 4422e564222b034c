; title: a token is read and not verified
; languages: javascript, typescript, tsx
; severity: medium
; confidence: medium
; category: security
; cwe: CWE-347
; hint: (?i)\b(jwt|jsonwebtoken)\w*\s*\.\s*decode\b|\bjwt_?decode\s*\(
; message: decode does not look at the signature; anybody can write the token that is read here
; advice: verify the token first and use what verify returns
; vulnerable: const user = jwt.decode(token)
; safe: const user = jwt.verify(token, key, { algorithms: ["RS256"] })

((call_expression
   function: (member_expression object: (identifier) @library property: (property_identifier) @call)) @place
 (#match? @library "(?i)^(jwt|jsonwebtoken)$")
 (#eq? @call "decode"))

((call_expression function: (identifier) @call) @place
 (#match? @call "^(jwt_decode|jwtDecode)$"))

((call_expression function: [(identifier) @call (member_expression property: (property_identifier) @call)]) @unless
 (#match? @call "^(verify|verifyAsync|jwtVerify|verifyToken|verifyJwt)$"))
