; title: the loop reads one element past the end
; languages: java
; severity: high
; confidence: medium
; category: bug
; cwe: CWE-193
; hint: <=\s*[\w.]+\s*\.\s*(length|size)\b
; message: the last index is length - 1; the round with index = length throws
; advice: compare with <
; vulnerable: for (int i = 0; i <= rows.length; i++) total += rows[i].cost;
; safe: for (int i = 0; i < rows.length; i++) total += rows[i].cost;

; The first element at the loop's index ...
(array_access array: (_) @name index: (identifier) @name) @place
((method_invocation object: (_) @name name: (identifier) @call arguments: (argument_list . (identifier) @name .)) @place
 (#any-of? @call "get" "charAt" "elementAt"))

; ... in a loop from 0 up to and with the length of the same thing ...
((for_statement
   init: (local_variable_declaration declarator: (variable_declarator name: (identifier) value: (decimal_integer_literal) @first))
   condition: (binary_expression left: (identifier) @name operator: "<="
     right: [(field_access object: (_) @name field: (identifier) @length)
             (method_invocation object: (_) @name name: (identifier) @length)])) @inside @once
 (#eq? @first "0")
 (#any-of? @length "length" "size"))

; ... unless the index is compared with the length once more.
((binary_expression
   left: (identifier) @name operator: ["<" "==" "!=" ">" ">="]
   right: [(field_access object: (_) @name field: (identifier) @length)
           (method_invocation object: (_) @name name: (identifier) @length)]) @unless
 (#any-of? @length "length" "size"))
