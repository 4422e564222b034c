; title: forEach does not wait for an async function
; languages: javascript, typescript, tsx
; severity: medium
; confidence: high
; category: bug
; cwe: CWE-252
; hint: \bforEach\s*(<[^()]*>)?\(\s*async\b
; message: the loop is over before the work is done, and an error in it is caught by nobody
; advice: for (const item of items) await …, or await Promise.all(items.map(…))
; vulnerable: patients.forEach(async (patient) => { await notify(patient) })
; safe: for (const patient of patients) await notify(patient)

((call_expression
   function: (member_expression property: (property_identifier) @call @place)
   arguments: (arguments . [(arrow_function "async") (function_expression "async")]))
 (#eq? @call "forEach"))
