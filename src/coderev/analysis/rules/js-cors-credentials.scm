; title: every site may ask with the reader's cookies
; languages: javascript, typescript, tsx
; severity: high
; confidence: medium
; category: security
; cwe: CWE-942
; hint: (?i)\bcors|access-control-allow-origin
; message: any origin is allowed together with credentials; any page a person opens can act here in that person's name
; advice: allow the origins of a list only
; vulnerable: cors({ origin: true, credentials: true })
; safe: cors({ origin: ["https://portal.internal"], credentials: true })

([(call_expression
    function: [(identifier) @cors (member_expression property: (property_identifier) @cors)]
    arguments: (arguments (object) @place))
  (pair key: (property_identifier) @cors value: (object) @place)
  (variable_declarator name: (identifier) @cors value: (object) @place)]
 (#match? @cors "(?i)cors")
 (#match? @place "\\borigin\\s?:\\s?(true\\b|['\"]\\*['\"])")
 (#match? @place "\\bcredentials\\s?:\\s?true\\b"))

((call_expression
   function: (member_expression property: (property_identifier) @call)
   arguments: (arguments . (string (string_fragment) @header) . (_) @source)) @place
 (#any-of? @call "setHeader" "header" "set" "append")
 (#match? @header "(?i)^access-control-allow-origin$")
 (#match? @source "^(req|request|ctx)\\.(headers\\.origin|headers\\[.origin.\\]|(get|header)\\(.[Oo]rigin.\\))"))
