; title: a goroutine counts itself
; languages: go
; severity: high
; confidence: medium
; category: bug
; cwe: CWE-362
; hint: \bgo\s+func\b[^\n]*\{\s*[\w.]+\.Add\(
; message: Wait may return before this goroutine has begun and added itself to the group
; advice: call Add before the go statement
; vulnerable: go func() { group.Add(1); defer group.Done(); work() }()
; safe: group.Add(1); go func() { defer group.Done(); work() }()

; The first thing that a goroutine does ...
(go_statement (call_expression function: (func_literal body: (block (statement_list .
  (expression_statement (call_expression
    function: (selector_expression operand: (_) @name field: (field_identifier) @add)) @place)))))
 (#eq? @add "Add"))

; ... on what this file waits for.
((call_expression function: (selector_expression operand: (_) @name field: (field_identifier) @wait)) @anywhere
 (#eq? @wait "Wait"))
