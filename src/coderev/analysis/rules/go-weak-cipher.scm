; title: this cipher does not hide what it encrypts
; languages: go
; severity: high
; confidence: high
; category: security
; cwe: CWE-327
; hint: "crypto/(des|rc4)"
; message: DES and RC4 are broken: what they encrypt can be read without the key
; advice: aes.NewCipher with cipher.NewGCM and a new nonce for each message
; vulnerable: des.NewCipher(key)
; safe: cipher.NewGCM(block)

((call_expression function: (selector_expression operand: (identifier) @package field: (field_identifier) @call)) @place
 (#any-of? @package "des" "rc4")
 (#any-of? @call "NewCipher" "NewTripleDESCipher"))
