; title: two strings are compared by address
; languages: java
; severity: medium
; confidence: medium
; category: bug
; cwe: CWE-597
; hint: [=!]=\s*"|"\s*[=!]=
; message: == asks whether both are the same object; equal text that was read or put together is another object
; advice: "admin".equals(role)
; vulnerable: if (role == "admin") grant(user);
; safe: if ("admin".equals(role)) grant(user);

((binary_expression
   left: [(identifier) (field_access) (method_invocation) (array_access)] operator: ["==" "!="]
   right: (string_literal)) @place)

((binary_expression
   left: (string_literal) operator: ["==" "!="]
   right: [(identifier) (field_access) (method_invocation) (array_access)]) @place)
