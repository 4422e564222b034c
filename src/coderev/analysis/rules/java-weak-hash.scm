; title: MD5 and SHA-1 no longer hold
; languages: java
; severity: medium
; confidence: medium
; category: security
; cwe: CWE-328
; hint: (?i)"(md[245]|sha-?1)"|\b(md5|sha1)(Hex)?\s*\(|\b(md5|sha1)\s*\(\s*\)
; message: two texts with the same digest can be made; as a signature or for a password this digest proves nothing
; advice: SHA-256 for digests, and bcrypt, scrypt or PBKDF2 for passwords
; vulnerable: MessageDigest.getInstance("MD5")
; safe: MessageDigest.getInstance("SHA-256")

((method_invocation
   object: (identifier) @type name: (identifier) @call
   arguments: (argument_list . (string_literal) @algorithm)) @place
 (#eq? @type "MessageDigest")
 (#eq? @call "getInstance")
 (#match? @algorithm "(?i)^\"(md[245]|sha-?1|sha)\"$"))

((method_invocation object: (identifier) @type name: (identifier) @call) @place
 (#any-of? @type "DigestUtils" "Hashing")
 (#any-of? @call "md5" "md5Hex" "sha1" "sha1Hex" "md5DigestAsHex" "getMd5Digest" "getSha1Digest"))
