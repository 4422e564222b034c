; title: nothing equals NaN
; languages: java
; severity: high
; confidence: high
; category: bug
; cwe: CWE-570
; hint: \bNaN\b
; message: NaN is not equal to itself, so this comparison always has the same answer
; advice: use Double.isNaN(value)
; vulnerable: if (dose == Double.NaN) throw new IllegalArgumentException();
; safe: if (Double.isNaN(dose)) throw new IllegalArgumentException();

((binary_expression left: (field_access) @nan operator: ["==" "!="]) @place
 (#any-of? @nan "Double.NaN" "Float.NaN"))

((binary_expression operator: ["==" "!="] right: (field_access) @nan) @place
 (#any-of? @nan "Double.NaN" "Float.NaN"))
