; title: the loop reads one element past the end
; languages: javascript, typescript, tsx
; severity: high
; confidence: medium
; category: bug
; cwe: CWE-193
; hint: <=\s*[\w.]+\s*\.\s*length\s*;|\.\s*length\s*>=\s*\w+\s*;
; message: the last index is length - 1; the round with index = length reads undefined
; advice: compare with <
; vulnerable: for (let i = 0; i <= rows.length; i++) total += rows[i].cost
; safe: for (let i = 0; i < rows.length; i++) total += rows[i].cost

; The first element of an array at the loop's index ...
(subscript_expression object: (_) @name index: (identifier) @name) @place

; ... in a loop from 0 up to and with the length of that array ...
((for_statement
   initializer: (_ (variable_declarator name: (identifier) value: (number) @first))
   condition: [
     (binary_expression left: (identifier) @name operator: "<="
       right: (member_expression object: (_) @name property: (property_identifier) @length))
     (binary_expression left: (member_expression object: (_) @name property: (property_identifier) @length)
       operator: ">=" right: (identifier) @name)]) @inside @once
 (#eq? @first "0")
 (#eq? @length "length"))

; ... unless the index is compared with the length once more.
((binary_expression
   left: (identifier) @name operator: ["<" "==" "===" "!=" "!==" ">" ">="]
   right: (member_expression object: (_) @name property: (property_identifier) @length)) @unless
 (#eq? @length "length"))
