; title: a condition assigns where it should compare
; languages: javascript, typescript, tsx
; severity: high
; confidence: medium
; category: bug
; cwe: CWE-481
; hint: \b(if|while)\s*\(\s*[\w.\[\]]+\s*=\s*(["'0-9]|\w+\s*\))
; message: one `=` changes the variable and the condition follows from the new value
; advice: compare with ===; where an assignment is meant, put it in a line of its own
; vulnerable: if (user.role = "admin") grant(user)
; safe: if (user.role === "admin") grant(user)

([(if_statement condition: (parenthesized_expression (assignment_expression right: (_) @value) @place))
  (while_statement condition: (parenthesized_expression (assignment_expression right: (_) @value) @place))
  (do_statement condition: (parenthesized_expression (assignment_expression right: (_) @value) @place))]
 (#match? @value "^(\"[^\"]*\"|'[^']*'|[0-9.]+|true|false|null|undefined)$"))

(if_statement condition: (parenthesized_expression
  (assignment_expression right: (identifier)) @place))
