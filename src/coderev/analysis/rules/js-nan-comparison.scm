; title: nothing equals NaN
; languages: javascript, typescript, tsx
; severity: high
; confidence: high
; category: bug
; cwe: CWE-570
; hint: \bNaN\b
; message: NaN is not equal to itself, so this comparison always has the same answer
; advice: use Number.isNaN(value)
; vulnerable: if (dose === NaN) throw new RangeError()
; safe: if (Number.isNaN(dose)) throw new RangeError()

((binary_expression left: [(identifier) (member_expression)] @nan operator: ["==" "===" "!=" "!=="]) @place
 (#any-of? @nan "NaN" "Number.NaN"))

((binary_expression operator: ["==" "===" "!=" "!=="] right: [(identifier) (member_expression)] @nan) @place
 (#any-of? @nan "NaN" "Number.NaN"))
