; title: the promise of an async function is dropped
; languages: javascript, typescript, tsx
; severity: medium
; confidence: medium
; category: bug
; cwe: CWE-252
; hint: \basync\s+function\b|=\s*async\b
; message: this function goes on before the call has finished, and an error in the call is caught by nobody
; advice: write await in front of the call; where nobody shall wait, write void and catch the error
; vulnerable: async function book(visit) { save(visit); await notify(visit) }
; safe: async function book(visit) { await save(visit); await notify(visit) }

; A call that stands alone as a statement, directly in an async function ...
(expression_statement (call_expression function: (identifier) @name) @place)

[(function_declaration) (function_expression) (arrow_function) (method_definition)
 (generator_function_declaration) (generator_function)] @outside
[(function_declaration "async") (function_expression "async") (arrow_function "async") (method_definition "async")
 (generator_function_declaration "async") (generator_function "async")] @inside

; ... of a function that this file declares as async, and as nothing else.
(function_declaration "async" name: (identifier) @name) @anywhere
(variable_declarator name: (identifier) @name value: [(arrow_function "async") (function_expression "async")]) @anywhere
(function_declaration name: (identifier) @name) @nowhere
(variable_declarator name: (identifier) @name) @nowhere
(formal_parameters [(_) @name (_ . (identifier) @name)]) @nowhere
(arrow_function parameter: (identifier) @name) @nowhere
