; title: a timer is given text to run
; languages: javascript, typescript, tsx
; severity: medium
; confidence: high
; category: security
; cwe: CWE-95
; hint: \bset(Timeout|Interval|Immediate)\s*\(\s*["\'`(]
; message: a timer with text in place of a function runs that text as code, as eval does
; advice: pass a function: setTimeout(() => refresh(name), 1000)
; vulnerable: setTimeout("refresh('" + name + "')", 1000)
; safe: setTimeout(() => refresh(name), 1000)

((call_expression
   function: [(identifier) @call (member_expression object: (identifier) @global property: (property_identifier) @call)]
   arguments: (arguments . [(string) (template_string) (binary_expression left: [(string) (binary_expression)])])) @place
 (#any-of? @call "setTimeout" "setInterval" "setImmediate")
 (#any-of? @global "window" "globalThis" "self"))
