; title: a secret comes from a generator that can be guessed
; languages: java
; severity: high
; confidence: medium
; category: security
; cwe: CWE-338
; hint: \bRandom\b|\bThreadLocalRandom\b|\bRandomStringUtils\b|\bMath\s*\.\s*random\b
; message: the next values of this generator follow from those that were seen; this name says that the value must not be guessed
; advice: use java.security.SecureRandom
; vulnerable: String token = Long.toHexString(new Random().nextLong())
; safe: byte[] token = new byte[32]; new SecureRandom().nextBytes(token)

((object_creation_expression type: (type_identifier) @type) @place (#eq? @type "Random"))

((method_invocation object: (identifier) @type name: (identifier) @call) @place
 (#any-of? @type "ThreadLocalRandom" "RandomStringUtils" "Math")
 (#any-of? @call "current" "random" "randomAlphanumeric" "randomAlphabetic" "randomNumeric" "randomAscii"))

((variable_declarator name: (identifier) @secret) @inside
 (#match? @secret "(?i)(token|secret|passw(or)?d|passcode|otp|api_?key|session_?(id|key)|csrf|salt|nonce)$"))

((assignment_expression left: [(identifier) @secret (field_access field: (identifier) @secret)]) @inside
 (#match? @secret "(?i)(token|secret|passw(or)?d|passcode|otp|api_?key|session_?(id|key)|csrf|salt|nonce)$"))

((method_declaration name: (identifier) @secret) @inside
 (#match? @secret "(?i)^(generate|create|make|new|next|random)\\w*(token|secret|passw(or)?d|otp|api_?key|session_?id|salt)$"))
