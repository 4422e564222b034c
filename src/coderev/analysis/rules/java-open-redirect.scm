; title: a request decides where the reader is sent
; languages: java
; severity: high
; confidence: medium
; category: security
; cwe: CWE-601
; hint: \bsendRedirect\b
; message: the address comes from the request as it is; a link to this site can send people to any other
; advice: compare the address with a list, or accept only a path of this site
; vulnerable: response.sendRedirect(request.getParameter("next"))
; safe: response.sendRedirect(PAGES.getOrDefault(request.getParameter("next"), "/"))

((method_invocation
   name: (identifier) @call
   arguments: (argument_list . (method_invocation object: (_) @request name: (identifier) @source))) @place
 (#eq? @call "sendRedirect")
 (#match? @request "(?i)^(req|request|\\w*request|this\\.request)$")
 (#any-of? @source "getParameter" "getHeader" "getQueryString"))
