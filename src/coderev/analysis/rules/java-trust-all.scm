; title: every certificate is trusted
; languages: java
; severity: high
; confidence: high
; category: security
; cwe: CWE-295
; hint: \bcheckServerTrusted\b|\bHostnameVerifier\b|\b(Noop|NoOp)HostnameVerifier\b|\bTrustAll\w*|\bInsecureTrustManagerFactory\b|\bsetHostnameVerifier\b
; message: nothing is checked here; anybody between us and the server can read and change what is sent
; advice: trust the site's authority with a KeyStore of its own, and keep the name check
; vulnerable: connection.setHostnameVerifier((host, session) -> true)
; safe: TrustManagerFactory.getInstance("PKIX").init(siteAuthorities)

((method_declaration
   name: (identifier) @check @place
   body: (block) @body)
 (#eq? @check "checkServerTrusted")
 (#match? @body "^\\{\\s*(return;\\s*)?\\}$"))

((method_declaration
   type: (boolean_type)
   name: (identifier) @check @place
   parameters: (formal_parameters (formal_parameter) (formal_parameter type: (type_identifier) @session))
   body: (block . (return_statement (true)) .))
 (#eq? @check "verify")
 (#eq? @session "SSLSession"))

([(local_variable_declaration type: (type_identifier) @type
    declarator: (variable_declarator value: (lambda_expression body: (true)) @place))
  (field_declaration type: (type_identifier) @type
    declarator: (variable_declarator value: (lambda_expression body: (true)) @place))]
 (#eq? @type "HostnameVerifier"))

((method_invocation
   name: (identifier) @call
   arguments: (argument_list [
     (lambda_expression body: (true)) @place
     (lambda_expression body: (block . (return_statement (true)) .)) @place]))
 (#match? @call "(?i)hostnameVerifier$"))

((field_access object: (identifier) @type) @place
 (#any-of? @type "NoopHostnameVerifier" "InsecureTrustManagerFactory"))
