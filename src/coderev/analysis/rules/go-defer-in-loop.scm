; title: a deferred call in a loop waits for the end of the function
; languages: go
; severity: medium
; confidence: high
; category: bug
; cwe: CWE-772
; hint: \bdefer\b
; message: each round adds one; files, locks and rows stay open until the function returns, not until the round ends
; advice: put the body of the loop into a function of its own, or close at the end of the round
; vulnerable: for _, name := range names { f, _ := os.Open(name); defer f.Close() }
; safe: for _, name := range names { func() { f, _ := os.Open(name); defer f.Close() }() }

((defer_statement (call_expression
   function: (selector_expression field: (field_identifier) @call))) @place
 (#any-of? @call "Close" "Unlock" "RUnlock" "Rollback" "Stop" "Release"))
(for_statement) @inside
(func_literal) @outside
