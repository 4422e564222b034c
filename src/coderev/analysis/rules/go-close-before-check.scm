; title: something is used before its error is looked at
; languages: go
; severity: high
; confidence: high
; category: bug
; cwe: CWE-476
; hint: :=[^\n]*\n\s*defer\b
; message: when the call fails there is nothing to close; on a response that is nil this panics
; advice: look at the error first, then defer
; vulnerable: answer, err := http.Get(url); defer answer.Body.Close()
; safe: answer, err := http.Get(url); if err != nil { return err }; defer answer.Body.Close()

((statement_list
   (short_var_declaration left: (expression_list . (identifier) @made . (identifier) @error .))
   .
   (defer_statement (call_expression function: (selector_expression
     operand: (selector_expression operand: (identifier) @used field: (field_identifier) @body)
     field: (field_identifier) @close))) @place)
 (#eq? @made @used)
 (#match? @error "(?i)err$")
 (#eq? @body "Body")
 (#eq? @close "Close"))

((statement_list
   (short_var_declaration left: (expression_list . (identifier) @made . (identifier) @error .))
   .
   (defer_statement (call_expression function: (selector_expression
     operand: (identifier) @used field: (field_identifier) @close))) @place)
 (#eq? @made @used)
 (#match? @error "(?i)err$")
 (#eq? @close "Close"))
