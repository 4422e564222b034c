; title: the changed string is thrown away
; languages: java
; severity: high
; confidence: medium
; category: bug
; cwe: CWE-252
; hint: \.\s*(trim|strip|toUpperCase|toLowerCase|replaceAll|substring)\s*\([^;{}]*\)\s*;
; message: a string never changes; this makes another one, and nobody keeps it
; advice: name = name.trim();
; vulnerable: name.trim();
; safe: name = name.trim();

((expression_statement (method_invocation
   object: [(identifier) (field_access) (string_literal)] name: (identifier) @call arguments: (argument_list) @none) @place)
 (#any-of? @call "trim" "strip" "toUpperCase" "toLowerCase")
 (#eq? @none "()"))

((expression_statement (method_invocation
   object: [(identifier) (string_literal)] name: (identifier) @call
   arguments: (argument_list . (string_literal) . (string_literal) .)) @place)
 (#any-of? @call "replaceAll" "replaceFirst"))
