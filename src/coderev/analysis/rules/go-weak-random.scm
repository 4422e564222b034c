; title: a secret comes from a generator that can be guessed
; languages: go
; severity: high
; confidence: medium
; category: security
; cwe: CWE-338
; hint: (?m)^\s*(import\s+)?"math/rand(/v2)?"
; message: the next values of math/rand follow from those that were seen; this name says that the value must not be guessed
; advice: use crypto/rand
; vulnerable: token := rand.Int63() // import "math/rand"
; safe: token := make([]byte, 32); rand.Read(token) // import "crypto/rand"

((call_expression function: (selector_expression operand: (identifier) @package field: (field_identifier) @call)) @place
 (#eq? @package "rand")
 (#match? @call "^(Int|Int31|Int31n|Int63|Int63n|Intn|IntN|Int64|Int64N|Uint32|Uint64|Read|Perm|Float64)$"))

; ... where a name says that it is a secret.
((short_var_declaration left: (expression_list (identifier) @secret)) @inside
 (#match? @secret "(?i)(token|secret|passw(or)?d|passcode|otp|api_?key|session_?(id|key)|csrf|salt|nonce)$"))
((assignment_statement left: (expression_list [
   (identifier) @secret (selector_expression field: (field_identifier) @secret)
   (index_expression operand: (identifier) @secret)])) @inside
 (#match? @secret "(?i)(token|secret|passw(or)?d|passcode|otp|api_?key|session_?(id|key)|csrf|salt|nonce)$"))
((var_spec name: (identifier) @secret) @inside
 (#match? @secret "(?i)(token|secret|passw(or)?d|passcode|otp|api_?key|session_?(id|key)|csrf|salt|nonce)$"))
((keyed_element key: (literal_element (identifier) @secret)) @inside
 (#match? @secret "(?i)(token|secret|passw(or)?d|passcode|otp|api_?key|session_?(id|key)|csrf|salt|nonce)$"))
((call_expression arguments: (argument_list . (identifier) @secret)) @inside
 (#match? @secret "(?i)(token|secret|passw(or)?d|passcode|otp|api_?key|session_?(id|key)|csrf|salt|nonce)$"))
([(function_declaration name: (identifier) @secret) (method_declaration name: (field_identifier) @secret)] @inside
 (#match? @secret "(?i)^(generate|gen|create|make|new|random)\\w*(token|secret|passw(or)?d|otp|api_?key|session_?id|salt)$"))
