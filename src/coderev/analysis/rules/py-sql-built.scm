; title: an SQL statement is built from text
; languages: python
; severity: high
; confidence: medium
; category: security
; cwe: CWE-89
; hint: (?i)["']\s*(select|insert\s+into|update|delete\s+from|replace\s+into)\s
; message: a value is glued into an SQL statement; a quote in it changes what the statement does
; advice: pass the value as a parameter: execute("… WHERE id = ?", (id,))
; vulnerable: db.execute(f"SELECT * FROM users WHERE id = {id}")
; safe: db.execute("SELECT * FROM users WHERE id = ?", (id,))
; covers: ruff/S608

; A placeholder where a value stands, not the name of a table or a list of question marks ...
([(string (interpolation)) (concatenated_string (string (interpolation)))] @place
 (#match? @place "(?is)^[(\\s]*[a-zA-Z]{0,2}[\"']{1,3}[(\\s]*(select\\b.*\\bfrom\\b|insert\\s+into\\s|update\\b.{1,80}\\bset\\b|delete\\s+from\\s|replace\\s+into\\s)")
 (#match? @place "(?i)(=|<|>|\\b(like|values\\s?\\(|in\\s?\\(|between))\\s?['\"%(]{0,3}\\{(?!(int|float|len)\\(|[^}]{0,80}(\\?|%s|\\.join|placeholder|marks?\\b|\\bph\\b|bind|param|quot|escape|literal|now\\()|(\\w+\\.)*(?-i:_?[A-Z][A-Z0-9_]*)\\})[^{}]{0,200}\\}(?![.\\w(])"))

; ... or a value that is glued on ...
((binary_operator operator: "+") @varies @place
 (#match? @place "(?is)^[(\\s]*[a-zA-Z]{0,2}[\"']{1,3}[(\\s]*(select\\b.*\\bfrom\\b|insert\\s+into\\s|update\\b.{1,80}\\bset\\b|delete\\s+from\\s|replace\\s+into\\s)")
 (#match? @place "(?i)(=|<|>|\\b(like|values\\s?\\(|in\\s?\\(|between))\\s?['\"%(]{0,3}[\"']\\s*\\+\\s*(?!(int|float|len)\\()")
 (#not-match? @place "\\.join\\(|placeholder|quot|escape|\\b(int|len)\\("))

; ... or filled in ...
((binary_operator left: [(string) (concatenated_string) (parenthesized_expression)] operator: "%") @varies @place
 (#match? @place "(?is)^[(\\s]*[a-zA-Z]{0,2}[\"']{1,3}[(\\s]*(select\\b.*\\bfrom\\b|insert\\s+into\\s|update\\b.{1,80}\\bset\\b|delete\\s+from\\s|replace\\s+into\\s)")
 (#match? @place "(?i)(=|<|>|\\b(like|values\\s?\\(|in\\s?\\(|between))\\s?['\"%(]{0,3}%(\\(\\w+\\))?s")
 (#not-match? @place "\\.join\\(|placeholder|quot|escape|\\b(int|len)\\("))
((call
   function: (attribute
     object: [(string) (concatenated_string) (parenthesized_expression)]
     attribute: (identifier) @format)
   arguments: (argument_list) @varies) @place
 (#any-of? @format "format" "format_map")
 (#match? @place "(?is)^[(\\s]*[a-zA-Z]{0,2}[\"']{1,3}[(\\s]*(select\\b.*\\bfrom\\b|insert\\s+into\\s|update\\b.{1,80}\\bset\\b|delete\\s+from\\s|replace\\s+into\\s)")
 (#match? @place "(?i)(=|<|>|\\b(like|values\\s?\\(|in\\s?\\(|between))\\s?['\"%(]{0,3}\\{[^{}]{0,200}\\}(?![.\\w(])")
 (#not-match? @place "\\.join\\(|placeholder|quot|escape|\\b(int|len)\\("))

; ... given to the database ...
((call
   function: [(identifier) @call (attribute attribute: (identifier) @call)]
   arguments: (argument_list . (_) @inside @once))
 (#any-of? @call
   "execute" "executemany" "executescript" "execute_sql" "query" "raw" "text" "RawSQL" "read_sql" "read_sql_query"
   "fetch" "fetchrow" "fetchval" "fetch_all" "fetch_one" "scalar" "scalars"))

; ... or kept for it.
(assignment right: (_) @inside @once)
(return_statement (_) @inside @once)

[(argument_list) (raise_statement)] @outside
