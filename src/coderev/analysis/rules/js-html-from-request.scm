; title: a value from a request or an address goes into HTML as it came
; languages: javascript, typescript, tsx
; severity: high
; confidence: medium
; category: security
; cwe: CWE-79
; hint: \b(req|request|ctx)\.(query|params|body|headers|cookies)\b|\blocation\.(hash|search|href|pathname)\b|\bdocument\.(URL|referrer|cookie)\b|\bURLSearchParams\(
; message: whoever makes a person follow a link decides what stands here; markup in it runs script in that person's session
; advice: escape the value, or answer with a template that does
; vulnerable: response.send(`<h1>${request.query.name}</h1>`)
; safe: response.render("hello", { name: request.query.name })

((call_expression
   function: (member_expression object: (_) @answer property: (property_identifier) @call)
   arguments: (arguments . [(template_string) (binary_expression)] @value)) @place
 (#match? @answer "^(res|response|reply)\\b")
 (#any-of? @call "send" "write" "end")
 (#match? @value "</?[A-Za-z]")
 (#match? @value "\\b(req|request|ctx)\\.(query|params|body|cookies|headers)\\b")
 (#not-match? @value "(?i)escape|sanitiz|sanitis|purify|encode"))

([(assignment_expression
    left: (member_expression property: (property_identifier) @property) right: (_) @value)
  (augmented_assignment_expression
    left: (member_expression property: (property_identifier) @property) right: (_) @value)] @place
 (#any-of? @property "innerHTML" "outerHTML" "srcdoc")
 (#match? @value "\\blocation\\.(hash|search|href|pathname)\\b|\\bdocument\\.(URL|referrer|cookie)\\b|URLSearchParams\\(")
 (#not-match? @value "(?i)escape|sanitiz|sanitis|purify|encodeURI"))

((call_expression
   function: (member_expression object: (identifier) @document property: (property_identifier) @call)
   arguments: (arguments . (_) @value)) @place
 (#eq? @document "document")
 (#any-of? @call "write" "writeln")
 (#match? @value "\\blocation\\.(hash|search|href|pathname)\\b|\\bdocument\\.(URL|referrer|cookie)\\b|URLSearchParams\\(")
 (#not-match? @value "(?i)escape|sanitiz|sanitis|purify|encodeURI"))
