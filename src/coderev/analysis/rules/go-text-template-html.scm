; title: HTML is written by a template that does not escape
; languages: go
; severity: medium
; confidence: medium
; category: security
; cwe: CWE-79
; hint: "text/template"[\s\S]*\bhttp\.ResponseWriter\b
; message: text/template copies values as they are; markup in a value runs script in the reader's browser
; advice: import html/template in its place; it has the same functions
; vulnerable: import "text/template" // and Execute(w, visit) on an http.ResponseWriter
; safe: import "html/template"

((import_spec path: (interpreted_string_literal (interpreted_string_literal_content) @path)) @place
 (#eq? @path "text/template"))
