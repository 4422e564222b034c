; title: a request decides on a regular expression
; languages: javascript, typescript, tsx
; severity: medium
; confidence: medium
; category: security
; cwe: CWE-1333
; hint: \bRegExp\s*\([^;\n]*\b((req|request|ctx)\.(query|params|body|headers|cookies)|location\.(hash|search))\b
; message: a pattern such as (a+)+$ can hold the process for minutes, and nothing else is served meanwhile
; advice: escape the value, or compare with includes and startsWith
; vulnerable: new RegExp(request.query.search)
; safe: names.filter((name) => name.includes(request.query.search))

([(new_expression constructor: (identifier) @call arguments: (arguments . (_) @source))
  (call_expression function: (identifier) @call arguments: (arguments . (_) @source))] @place
 (#eq? @call "RegExp")
 (#match? @source "\\b(req|request|ctx)\\.(query|params|body|headers|cookies)\\b|\\blocation\\.(hash|search)\\b")
 (#not-match? @source "(?i)escape|quote"))
