; title: this cipher does not hide what it encrypts
; languages: java
; severity: high
; confidence: high
; category: security
; cwe: CWE-327
; hint: (?i)"(des|desede|rc2|rc4|arcfour|blowfish|[a-z0-9]+/ecb/|aes")
; message: DES and RC4 are broken, and ECB encrypts equal blocks equally (plain "AES" means ECB)
; advice: Cipher.getInstance("AES/GCM/NoPadding") with a new nonce for each message
; vulnerable: Cipher.getInstance("AES/ECB/PKCS5Padding")
; safe: Cipher.getInstance("AES/GCM/NoPadding")

((method_invocation
   object: (_) @type name: (identifier) @call
   arguments: (argument_list . (string_literal) @algorithm)) @place
 (#match? @type "^(javax\\.crypto\\.)?Cipher$")
 (#eq? @call "getInstance")
 (#match? @algorithm "(?i)^\"(des|desede|rc2|rc4|arcfour|blowfish|aes)(\"|/)")
 (#not-match? @algorithm "(?i)^\"(aes|blowfish)/(gcm|cbc|ctr|ccm|cfb|ofb)"))
