; title: a message is sent to whatever page is in the window
; languages: javascript, typescript, tsx
; severity: medium
; confidence: high
; category: security
; cwe: CWE-346
; hint: \bpostMessage\b
; message: with "*" the browser hands the message to any site that the window shows by now
; advice: name the origin that may read it
; vulnerable: frame.contentWindow.postMessage(session, "*")
; safe: frame.contentWindow.postMessage(session, "https://portal.internal")

((call_expression
   function: [(identifier) @call (member_expression property: (property_identifier) @call)]
   arguments: (arguments . (_) . (string (string_fragment) @origin))) @place
 (#eq? @call "postMessage")
 (#eq? @origin "*"))

((call_expression
   function: [(identifier) @call (member_expression property: (property_identifier) @call)]
   arguments: (arguments . (_) . (object (pair key: (property_identifier) @key value: (string (string_fragment) @origin))))) @place
 (#eq? @call "postMessage")
 (#eq? @key "targetOrigin")
 (#eq? @origin "*"))
