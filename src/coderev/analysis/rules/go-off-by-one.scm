; title: the loop reads one element past the end
; languages: go
; severity: high
; confidence: medium
; category: bug
; cwe: CWE-193
; hint: <=\s*len\s*\(
; message: the last index is len - 1; the round with index = len panics
; advice: compare with <, or write for i := range rows
; vulnerable: for i := 0; i <= len(rows); i++ { total += rows[i].Cost }
; safe: for i := 0; i < len(rows); i++ { total += rows[i].Cost }

; The first element at the loop's index ...
(index_expression operand: (_) @name index: (identifier) @name) @place

; ... in a loop from 0 up to and with the length of the same thing ...
((for_statement (for_clause
   initializer: (short_var_declaration right: (expression_list (int_literal) @first))
   condition: (binary_expression left: (identifier) @name operator: "<="
     right: (call_expression function: (identifier) @len arguments: (argument_list . (_) @name .))))) @inside @once
 (#eq? @first "0")
 (#eq? @len "len"))

; ... unless the index is compared with the length once more.
((binary_expression
   left: (identifier) @name operator: ["<" "==" "!=" ">" ">="]
   right: (call_expression function: (identifier) @len arguments: (argument_list . (_) @name .))) @unless
 (#eq? @len "len"))
