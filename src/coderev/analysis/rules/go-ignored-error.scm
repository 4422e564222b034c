; title: the answer of a check is thrown away
; languages: go
; severity: high
; confidence: medium
; category: security
; cwe: CWE-252
; hint: \b_\s*:?=\s*(jwt|bcrypt|rsa|ecdsa|x509|tls|rand|hmac|scrypt|pem|openpgp|saml|oidc|csrf|totp|\w+\.Verify)|\b(bcrypt|rsa|x509)\.(Compare|Verify)
; message: this function says in its error whether the check held; without it, what failed goes on as if it had held
; advice: if err != nil { return err }
; vulnerable: token, _ := jwt.Parse(text, keys)
; safe: token, err := jwt.Parse(text, keys); if err != nil { return err }

([(short_var_declaration
    left: (expression_list (identifier) @ignored .)
    right: (expression_list (call_expression
      function: (selector_expression operand: (identifier) @package field: (field_identifier) @call))))
  (assignment_statement
    left: (expression_list (identifier) @ignored .)
    right: (expression_list (call_expression
      function: (selector_expression operand: (identifier) @package field: (field_identifier) @call))))] @place
 (#eq? @ignored "_")
 (#match? @package "^(jwt|bcrypt|rsa|ecdsa|x509|tls|rand|hmac|scrypt|pem|openpgp|saml|oidc|csrf|totp)$")
 (#match? @call "^(Parse\\w*|Verify\\w*|Compare\\w*|GenerateFromPassword|Read|Key|LoadX509KeyPair|GenerateKey|Validate\\w*|DecryptOAEP|CheckSignature\\w*)$"))

((assignment_statement
   left: (expression_list . (identifier) @ignored .)
   right: (expression_list (call_expression
     function: (selector_expression field: (field_identifier) @call)))) @place
 (#eq? @ignored "_")
 (#match? @call "^(CompareHashAndPassword|VerifyPKCS1v15|VerifyPSS|CheckSignature|CheckSignatureFrom|VerifyHostname)$"))

; The same as a statement of its own.
((expression_statement (call_expression
   function: (selector_expression operand: (identifier) @package field: (field_identifier) @call)) @place)
 (#any-of? @package "bcrypt" "rsa" "x509")
 (#any-of? @call "CompareHashAndPassword" "VerifyPKCS1v15" "VerifyPSS"))
