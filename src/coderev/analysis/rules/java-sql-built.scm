; title: an SQL statement is built from text
; languages: java
; severity: high
; confidence: medium
; category: security
; cwe: CWE-89
; hint: (?i)"\s*(select|insert\s+into|update|delete\s+from)\s
; message: a value is glued into an SQL statement; a quote in it changes what the statement does
; advice: use a PreparedStatement and set the value as a parameter
; vulnerable: statement.executeQuery("SELECT * FROM users WHERE id = " + id)
; safe: connection.prepareStatement("SELECT * FROM users WHERE id = ?")

; Given to the database ...
((method_invocation
   name: (identifier) @call
   arguments: (argument_list . [(binary_expression) (method_invocation)] @varies)) @place
 (#any-of? @call
   "execute" "executeQuery" "executeUpdate" "executeLargeUpdate" "addBatch" "prepareStatement" "prepareCall"
   "createQuery" "createNativeQuery" "createSQLQuery" "query" "queryForObject" "queryForList" "queryForMap" "update"
   "batchUpdate" "nativeSQL")
 (#match? @varies "(?is)^[^\"]{0,40}\"\\s*(select\\b.*\\bfrom\\b|insert\\s+into\\s|update\\b.{1,80}\\bset\\b|delete\\s+from\\s)")
 (#match? @varies "(?i)(=|<|>|\\b(like|values\\s?\\(|in\\s?\\(|limit|offset|order\\s+by|between|and))\\s?['%(]{0,3}(%s|\"\\s*\\+)|\"\\.(concat)\\("))

; ... or kept for it.
([(variable_declarator value: [(binary_expression) (method_invocation)] @varies @place)
  (assignment_expression right: [(binary_expression) (method_invocation)] @varies @place)
  (return_statement [(binary_expression) (method_invocation)] @varies @place)]
 (#match? @varies "(?is)^(String\\.format\\()?[(\\s]*\"\\s*(select\\b.*\\bfrom\\b|insert\\s+into\\s|update\\b.{1,80}\\bset\\b|delete\\s+from\\s)")
 (#match? @varies "(?i)(=|<|>|\\b(like|values\\s?\\(|in\\s?\\())\\s?['%(]{0,3}(%s|\"\\s*\\+)"))
