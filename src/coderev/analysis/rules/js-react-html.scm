; title: React is told not to escape this value
; languages: javascript, tsx
; severity: medium
; confidence: medium
; category: security
; cwe: CWE-79
; hint: \bdangerouslySetInnerHTML\b
; message: dangerouslySetInnerHTML puts the value into the page as HTML; markup in it runs script
; advice: render the value as a child, or sanitise it first
; vulnerable: <p dangerouslySetInnerHTML={{ __html: comment.text }} />
; safe: <p>{comment.text}</p>

((jsx_attribute
   (property_identifier) @attribute
   (jsx_expression [
     (object (pair key: (property_identifier) @key value: (_) @varies))
     (identifier) @varies (member_expression) @varies])) @place
 (#eq? @attribute "dangerouslySetInnerHTML")
 (#eq? @key "__html")
 (#not-match? @varies "(?i)escape|sanitiz|sanitis|purify|encode|trusted"))

((pair
   key: (property_identifier) @attribute
   value: (object (pair key: (property_identifier) @key value: (_) @varies))) @place
 (#eq? @attribute "dangerouslySetInnerHTML")
 (#eq? @key "__html")
 (#not-match? @varies "(?i)escape|sanitiz|sanitis|purify|encode|trusted"))
