; title: an SQL statement is built from text
; languages: go
; severity: high
; confidence: medium
; category: security
; cwe: CWE-89
; hint: (?i)["`]\s*(select|insert\s+into|update|delete\s+from|replace\s+into)\s
; message: a value is glued into an SQL statement; a quote in it changes what the statement does
; advice: pass the value as a parameter: db.Query("… WHERE id = $1", id)
; vulnerable: db.Query("SELECT * FROM users WHERE id = " + id)
; safe: db.Query("SELECT * FROM users WHERE id = $1", id)

; Given to the database ...
((call_expression
   function: (selector_expression field: (field_identifier) @call)
   arguments: (argument_list [(binary_expression) (call_expression)] @varies)) @place
 (#any-of? @call
   "Query" "QueryRow" "Exec" "Prepare" "QueryContext" "QueryRowContext" "ExecContext" "PrepareContext" "Queryx"
   "QueryRowx" "MustExec" "Get" "Select" "Raw" "NamedExec" "NamedQuery")
 (#match? @varies "(?is)^(fmt\\.Sprintf\\()?\\s*[\"`]\\s*(select\\b.*\\bfrom\\b|insert\\s+into\\s|update\\b.{1,80}\\bset\\b|delete\\s+from\\s|replace\\s+into\\s)")
 (#match? @varies "(?i)(=|<|>|\\b(like|values\\s?\\(|in\\s?\\(|limit|offset|order\\s+by|between|and))\\s?['%(]{0,3}(%[svq]|[\"`]\\s*\\+)"))

; ... or kept for it.
([(short_var_declaration right: (expression_list [(binary_expression) (call_expression)] @varies @place))
  (assignment_statement right: (expression_list [(binary_expression) (call_expression)] @varies @place))
  (var_spec value: (expression_list [(binary_expression) (call_expression)] @varies @place))
  (return_statement (expression_list [(binary_expression) (call_expression)] @varies @place))]
 (#match? @varies "(?is)^(fmt\\.Sprintf\\()?\\s*[\"`]\\s*(select\\b.*\\bfrom\\b|insert\\s+into\\s|update\\b.{1,80}\\bset\\b|delete\\s+from\\s|replace\\s+into\\s)")
 (#match? @varies "(?i)(=|<|>|\\b(like|values\\s?\\(|in\\s?\\())\\s?['%(]{0,3}(%[svq]|[\"`]\\s*\\+)"))
