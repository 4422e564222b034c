; title: a shell command is built from text
; languages: go
; severity: high
; confidence: medium
; category: security
; cwe: CWE-78
; hint: \bexec\s*\.\s*Command
; message: a shell reads this command; a value that holds `;` or `$(` runs another one
; advice: call the program itself with exec.Command(name, arguments...) and no shell
; vulnerable: exec.Command("sh", "-c", "ls "+folder)
; safe: exec.Command("ls", "--", folder)

((call_expression
   function: (selector_expression operand: (identifier) @package field: (field_identifier) @call)
   arguments: (argument_list
     (interpreted_string_literal) @shell . (interpreted_string_literal) @option . (_) @varies .)) @place
 (#eq? @package "exec")
 (#any-of? @call "Command" "CommandContext")
 (#match? @shell "(?i)^\"(.*/)?(sh|bash|zsh|dash|cmd|cmd\\.exe|powershell|pwsh)\"$")
 (#match? @option "(?i)^\"(-l?c|/c|-command)\"$"))
