; title: a command is built from text
; languages: java
; severity: high
; confidence: medium
; category: security
; cwe: CWE-78
; hint: \bexec\s*\(|\bProcessBuilder\b
; message: a value becomes a part of a command line; it can add arguments, and where a shell reads it, commands
; advice: give ProcessBuilder a list of arguments and name no shell
; vulnerable: Runtime.getRuntime().exec("ping " + host)
; safe: new ProcessBuilder("ping", "--", host).start()

((method_invocation
   object: (_) @runtime
   name: (identifier) @call
   arguments: (argument_list . [(binary_expression) (method_invocation)] @varies)) @place
 (#match? @runtime "(?i)runtime(\\(\\))?$")
 (#eq? @call "exec")
 (#match? @varies "\\+|^String\\.format\\(|\\.(formatted|concat|getParameter|getHeader)\\("))

((method_invocation
   object: (_) @runtime
   name: (identifier) @call
   arguments: (argument_list . (array_creation_expression value: (array_initializer
     . (string_literal) @shell . (string_literal) @option . [(identifier) (binary_expression) (method_invocation)] @varies)))) @place
 (#match? @runtime "(?i)runtime(\\(\\))?$")
 (#eq? @call "exec")
 (#match? @shell "(?i)^\"(.*[/\\\\])?(sh|bash|cmd|cmd\\.exe|powershell)\"$")
 (#match? @option "^\"(-l?c|/[cC]|-Command)\"$"))

((object_creation_expression
   type: (type_identifier) @type
   arguments: (argument_list . (string_literal) @shell . (string_literal) @option
     . [(identifier) (binary_expression) (method_invocation)] @varies)) @place
 (#eq? @type "ProcessBuilder")
 (#match? @shell "(?i)^\"(.*[/\\\\])?(sh|bash|cmd|cmd\\.exe|powershell)\"$")
 (#match? @option "^\"(-l?c|/[cC]|-Command)\"$"))
