; title: a password is hashed with a fast, broken function
; languages: javascript, typescript, tsx
; severity: high
; confidence: medium
; category: security
; cwe: CWE-916
; hint: \bcreateHash\b|\b(md5|sha1|MD5|SHA1)\s*\(
; message: MD5 and SHA-1 are computed billions of times a second; a stolen table of these hashes is a table of passwords
; advice: use scrypt, bcrypt or Argon2 with a salt for each password
; vulnerable: crypto.createHash("md5").update(password).digest("hex")
; safe: crypto.scryptSync(password, salt, 32)

((call_expression
   function: (member_expression
     object: (call_expression
       function: [(identifier) @create (member_expression property: (property_identifier) @create)]
       arguments: (arguments . (string (string_fragment) @algorithm)))
     property: (property_identifier) @update)
   arguments: (arguments . (_) @value)) @place
 (#eq? @create "createHash")
 (#match? @algorithm "(?i)^(md4|md5|sha-?1|ripemd160)$")
 (#eq? @update "update")
 (#match? @value "(?i)passw(or)?d|passwd|\\bpwd\\b|passphrase"))

((call_expression
   function: [(identifier) @call (member_expression property: (property_identifier) @call)]
   arguments: (arguments . (_) @value)) @place
 (#match? @call "^(md5|sha1|MD5|SHA1)$")
 (#match? @value "(?i)passw(or)?d|passwd|\\bpwd\\b|passphrase"))
