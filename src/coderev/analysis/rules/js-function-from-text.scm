; title: a function is made from text
; languages: javascript, typescript, tsx
; severity: medium
; confidence: high
; category: security
; cwe: CWE-95
; hint: \bFunction\s*\(
; message: the Function constructor compiles text as eval does; whoever writes a part of it runs code with our rights
; advice: write the function down, or choose one from a table by its name
; vulnerable: new Function("row", "return " + expression)
; safe: const sorters = { name: byName, day: byDay }

((new_expression constructor: (identifier) @call arguments: (arguments (_) @varies .)) @place
 (#eq? @call "Function"))

((call_expression function: (identifier) @call arguments: (arguments (_) @varies .)) @place
 (#eq? @call "Function"))
