; title: text is run as code
; languages: javascript, typescript, tsx
; severity: high
; confidence: medium
; category: security
; cwe: CWE-95
; hint: \beval\b|\brunIn(New|This)?Context\b
; message: this runs text that is put together or passed in; whoever writes a part of it runs code with our rights
; advice: parse the value (JSON.parse, a table of allowed functions) instead of running it
; vulnerable: eval(request.query.formula)
; safe: JSON.parse(request.body)

((call_expression
   function: [(identifier) @call (member_expression object: (identifier) @global property: (property_identifier) @call)]
   arguments: (arguments . [(identifier) (member_expression) (subscript_expression) (call_expression) (await_expression)
                            (binary_expression) (template_string) (ternary_expression)] @varies)) @place
 (#eq? @call "eval")
 (#any-of? @global "window" "globalThis" "global" "self"))

((call_expression
   function: (member_expression object: (identifier) @object property: (property_identifier) @call)
   arguments: (arguments . (_) @varies)) @place
 (#eq? @object "vm")
 (#any-of? @call "runInNewContext" "runInThisContext" "runInContext"))
