; title: text is written into the page as HTML
; languages: javascript, typescript, tsx
; severity: medium
; confidence: medium
; category: security
; cwe: CWE-79
; hint: \b(innerHTML|outerHTML|srcdoc|insertAdjacentHTML|createContextualFragment|document\s*\.\s*write(ln)?)\b
; message: what is written here becomes HTML; markup in the value runs script in the reader's browser
; advice: use textContent, build elements, or sanitise the value first
; vulnerable: box.innerHTML = comment.text
; safe: box.textContent = comment.text

([(assignment_expression
    left: (member_expression property: (property_identifier) @property) right: (_) @varies)
  (augmented_assignment_expression
    left: (member_expression property: (property_identifier) @property) right: (_) @varies)] @place
 (#any-of? @property "innerHTML" "outerHTML" "srcdoc")
 (#not-match? @varies "(?i)escape|sanitiz|sanitis|purify|encode|trusted|^(true|false|null|undefined)$|innerHTML$"))

((call_expression
   function: (member_expression object: (identifier) @object property: (property_identifier) @call)
   arguments: (arguments . (_) @varies)) @place
 (#eq? @object "document")
 (#any-of? @call "write" "writeln")
 (#not-match? @varies "(?i)escape|sanitiz|sanitis|purify|encode|trusted"))

((call_expression
   function: (member_expression property: (property_identifier) @call)
   arguments: (arguments (_) @varies .)) @place
 (#any-of? @call "insertAdjacentHTML" "createContextualFragment")
 (#not-match? @varies "(?i)escape|sanitiz|sanitis|purify|encode|trusted"))
