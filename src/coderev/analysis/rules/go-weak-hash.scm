; title: MD5 and SHA-1 no longer hold
; languages: go
; severity: medium
; confidence: medium
; category: security
; cwe: CWE-328
; hint: "crypto/(md5|sha1)"
; message: two texts with the same digest can be made; as a signature or for a password this digest proves nothing
; advice: sha256.Sum256 for digests, and bcrypt or Argon2 for passwords
; vulnerable: md5.Sum([]byte(password))
; safe: bcrypt.GenerateFromPassword([]byte(password), bcrypt.DefaultCost)

((call_expression function: (selector_expression operand: (identifier) @package field: (field_identifier) @call)) @place
 (#any-of? @package "md5" "sha1")
 (#any-of? @call "New" "Sum"))
