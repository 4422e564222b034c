; title: an async function stands where a yes or no is needed
; languages: javascript, typescript, tsx
; severity: high
; confidence: high
; category: bug
; cwe: CWE-480
; hint: \.\s*(filter|some|every|find|findIndex|findLast|findLastIndex|sort)\s*(<[^()]*>)?\(\s*async\b
; message: the call looks at the promise, not at what it becomes; a promise counts as true, always
; advice: await the answers first (Promise.all), then select with a plain function
; vulnerable: const active = users.filter(async (user) => await isActive(user))
; safe: const flags = await Promise.all(users.map(isActive))

((call_expression
   function: (member_expression property: (property_identifier) @call @place)
   arguments: (arguments . [(arrow_function "async") (function_expression "async")] .))
 (#any-of? @call "filter" "some" "every" "find" "findIndex" "findLast" "findLastIndex" "sort"))
