; title: a secret comes from a generator that can be guessed
; languages: javascript, typescript, tsx
; severity: high
; confidence: medium
; category: security
; cwe: CWE-338
; hint: \bMath\s*\.\s*random\b
; message: the next values of Math.random follow from those that were seen; this name says that the value must not be guessed
; advice: use crypto.randomBytes, crypto.randomUUID or crypto.getRandomValues
; vulnerable: const sessionToken = Math.random().toString(36)
; safe: const sessionToken = crypto.randomUUID()

((call_expression function: (member_expression object: (identifier) @math property: (property_identifier) @random)) @place
 (#eq? @math "Math")
 (#eq? @random "random"))

((variable_declarator name: (identifier) @secret) @inside
 (#match? @secret "(?i)(token|secret|passw(or)?d|passcode|one_?time_?code|otp|api_?key|session_?(id|key)|csrf|salt|reset_?code)$"))

((assignment_expression left: [(identifier) @secret (member_expression property: (property_identifier) @secret)]) @inside
 (#match? @secret "(?i)(token|secret|passw(or)?d|passcode|one_?time_?code|otp|api_?key|session_?(id|key)|csrf|salt|reset_?code)$"))

((pair key: (property_identifier) @secret) @inside
 (#match? @secret "(?i)(token|secret|passw(or)?d|passcode|one_?time_?code|otp|api_?key|session_?(id|key)|csrf|salt|reset_?code)$"))

((function_declaration name: (identifier) @secret) @inside
 (#match? @secret "(?i)^(generate|create|make|new|random)\\w*(token|secret|passw(or)?d|otp|api_?key|session_?id)$"))
