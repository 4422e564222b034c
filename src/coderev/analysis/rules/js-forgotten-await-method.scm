; title: the promise of an async method is dropped
; languages: javascript, typescript, tsx
; severity: medium
; confidence: medium
; category: bug
; cwe: CWE-252
; hint: (?m)^[ \t]*((public|private|protected|static|override)[ \t]+)*async[ \t]+#?\w+[ \t]*[(<]
; message: this method goes on before the call has finished, and an error in the call is caught by nobody
; advice: write await in front of the call; where nobody shall wait, write void and catch the error
; vulnerable: async book(visit) { this.save(visit); await this.notify(visit) }
; safe: async book(visit) { await this.save(visit); await this.notify(visit) }

; A call on `this` that stands alone as a statement, directly in an async function ...
(expression_statement (call_expression
  function: (member_expression object: (this) property: [(property_identifier) (private_property_identifier)] @name)) @place)

[(function_declaration) (function_expression) (arrow_function) (method_definition)] @outside
[(function_declaration "async") (function_expression "async") (arrow_function "async") (method_definition "async")] @inside

; ... of a method that this file declares as async, and as nothing else.
(method_definition "async" name: [(property_identifier) (private_property_identifier)] @name) @anywhere
(method_definition name: [(property_identifier) (private_property_identifier)] @name) @nowhere
