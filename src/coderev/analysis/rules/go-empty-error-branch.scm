; title: an error is swallowed
; languages: go
; severity: medium
; confidence: high
; category: bug
; cwe: CWE-390
; hint: !=\s*nil\s*\{\s*\}
; message: the error is looked at and nothing is done; what failed goes on as if it had worked
; advice: return it, log it, or write in the block why it may be ignored
; vulnerable: if err := save(visit); err != nil { }
; safe: if err := save(visit); err != nil { return err }

((if_statement
   condition: (binary_expression left: (identifier) @error operator: "!=" right: (nil))
   consequence: (block) @body) @place
 (#match? @error "(?i)err$")
 (#match? @body "^\\{\\s*\\}$"))
