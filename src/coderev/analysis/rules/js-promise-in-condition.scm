; title: a condition asks a promise, which is always true
; languages: javascript, typescript, tsx
; severity: high
; confidence: medium
; category: bug
; cwe: CWE-697
; hint: \basync\s+function\b|=\s*async\b
; message: this function is async: without await the condition sees a promise, and a promise counts as true
; advice: write await in front of the call
; vulnerable: async function allowed(u) { … } … if (allowed(user)) show(record)
; safe: async function allowed(u) { … } … if (await allowed(user)) show(record)

; A call as a condition or a part of one ...
[(if_statement condition: (parenthesized_expression (call_expression function: (identifier) @name) @place))
 (while_statement condition: (parenthesized_expression (call_expression function: (identifier) @name) @place))
 (ternary_expression condition: (call_expression function: (identifier) @name) @place)
 (unary_expression operator: "!" argument: (call_expression function: (identifier) @name) @place)
 (if_statement condition: (parenthesized_expression (binary_expression
   operator: ["&&" "||"] [left: (call_expression function: (identifier) @name) @place
                          right: (call_expression function: (identifier) @name) @place])))]

; ... of a function that this file declares as async, and as nothing else.
(function_declaration "async" name: (identifier) @name) @anywhere
(variable_declarator name: (identifier) @name value: [(arrow_function "async") (function_expression "async")]) @anywhere
(function_declaration name: (identifier) @name) @nowhere
(variable_declarator name: (identifier) @name) @nowhere
(formal_parameters [(_) @name (_ . (identifier) @name)]) @nowhere
(arrow_function parameter: (identifier) @name) @nowhere
