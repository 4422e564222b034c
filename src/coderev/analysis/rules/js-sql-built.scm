; title: an SQL statement is built from text
; languages: javascript, typescript, tsx
; severity: high
; confidence: medium
; category: security
; cwe: CWE-89
; hint: (?i)["\'`]\s*(select|insert\s+into|update|delete\s+from|replace\s+into)\s
; message: a value is glued into an SQL statement; a quote in it changes what the statement does
; advice: pass the value as a parameter: query("… WHERE id = ?", [id])
; vulnerable: db.query("SELECT * FROM users WHERE id = " + id)
; safe: db.query("SELECT * FROM users WHERE id = ?", [id])

; Given to the database ...
((call_expression
   function: (member_expression property: (property_identifier) @call)
   arguments: (arguments . [
     (template_string) @varies
     (binary_expression) @varies
     (object (pair key: (property_identifier) @key value: [(template_string) (binary_expression)] @varies))])) @place
 (#any-of? @call "query" "execute" "exec" "raw" "run" "all" "get" "each" "prepare" "$queryRawUnsafe" "$executeRawUnsafe")
 (#any-of? @key "sql" "text" "query")
 (#match? @varies "(?is)^[(\\s]*[\"'`]\\s*(select\\b.*\\bfrom\\b|insert\\s+into\\s|update\\b.{1,80}\\bset\\b|delete\\s+from\\s|replace\\s+into\\s)")
 (#match? @varies "(?i)(=|<|>|\\b(like|values\\s?\\(|in\\s?\\(|limit|offset|order\\s+by|between|and))\\s?['\"%(]{0,3}(\\$\\{|[\"'`]\\s*\\+)(?!\\s*(Number|parseInt|parseFloat|Math\\.\\w+)\\()")
 (#not-match? @varies "(?i)escape|quote"))

; ... or kept for it.
([(variable_declarator value: [(template_string) (binary_expression)] @varies @place)
  (assignment_expression right: [(template_string) (binary_expression)] @varies @place)
  (return_statement [(template_string) (binary_expression)] @varies @place)]
 (#match? @varies "(?is)^[(\\s]*[\"'`]\\s*(select\\b.*\\bfrom\\b|insert\\s+into\\s|update\\b.{1,80}\\bset\\b|delete\\s+from\\s|replace\\s+into\\s)")
 (#match? @varies "(?i)(=|<|>|\\b(like|values\\s?\\(|in\\s?\\())\\s?['\"%(]{0,3}(\\$\\{|[\"'`]\\s*\\+)(?!\\s*(Number|parseInt|parseFloat|Math\\.\\w+)\\()")
 (#not-match? @varies "(?i)escape|quote"))
