; title: a request decides where the reader is sent
; languages: javascript, typescript, tsx
; severity: high
; confidence: medium
; category: security
; cwe: CWE-601
; hint: \bredirect\s*\([^;\n]*\b(req|request|ctx)\.|\blocation\b[^;\n]*\bURLSearchParams\b
; message: the address comes from the request as it is; a link to this site can send people to any other
; advice: compare the address with a list, or accept only a path of this site
; vulnerable: response.redirect(request.query.next)
; safe: response.redirect(PAGES[request.query.next] ?? "/")

((call_expression
   function: (member_expression property: (property_identifier) @call)
   arguments: (arguments (_) @source .)) @place
 (#eq? @call "redirect")
 (#match? @source "^(req|request|ctx(\\.request)?)\\.(query|params|body|cookies|headers)\\b")
 (#not-match? @source "\\s\\?\\s"))

((assignment_expression
   left: (_) @target
   right: (call_expression function: (member_expression object: (new_expression constructor: (identifier) @parameters)
                                                        property: (property_identifier) @get))) @place
 (#match? @target "^((window|document|self|top)\\.)?location(\\.href)?$")
 (#eq? @parameters "URLSearchParams")
 (#eq? @get "get"))
