; title: a shell command is built from text
; languages: javascript, typescript, tsx
; severity: high
; confidence: medium
; category: security
; cwe: CWE-78
; hint: \bexec(Sync|Async|Promise)?\s*\(\s*([`"\'(]|\w+\s*\+|req|ctx)|\bshell\s*:|["']-l?c["']
; message: a shell reads this command; a value that holds `;` or `$(` runs another one
; advice: call execFile or spawn with an argument list and no shell
; vulnerable: exec(`ls ${folder}`)
; safe: execFile("ls", [folder])

((call_expression
   function: (identifier) @call
   arguments: (arguments . [(template_string) (binary_expression)] @varies)) @place
 (#any-of? @call "exec" "execSync" "execAsync" "execPromise"))

((call_expression
   function: (member_expression object: (_) @object property: (property_identifier) @call)
   arguments: (arguments . [(template_string) (binary_expression)] @varies)) @place
 (#any-of? @call "exec" "execSync")
 (#match? @object "(?i)^(child(_?process)?|cp|shell|shelljs|require\\(.(node:)?child_process.\\))$"))

((call_expression
   function: [(identifier) @call (member_expression property: (property_identifier) @call)]
   arguments: (arguments . [(member_expression) (subscript_expression)] @source)) @place
 (#any-of? @call "exec" "execSync")
 (#match? @source "^(req|request|ctx(\\.request)?)\\.(query|params|body|headers|cookies)\\b"))

((call_expression
   function: [(identifier) @call (member_expression property: (property_identifier) @call)]
   arguments: (arguments . (_) @varies
     (object (pair key: (property_identifier) @option value: [(true) (string)])))) @place
 (#any-of? @call "spawn" "spawnSync" "execFile" "execFileSync")
 (#match? @varies "^`|\\+")
 (#eq? @option "shell"))

((call_expression
   function: [(identifier) @call (member_expression property: (property_identifier) @call)]
   arguments: (arguments . (string) @program . (array . (string) @flag . [(template_string) (binary_expression)] @varies))) @place
 (#any-of? @call "spawn" "spawnSync" "execFile" "execFileSync")
 (#match? @program "^.(/(usr/)?bin/)?(ba|da|k|z)?sh.$")
 (#match? @flag "^.-l?c.$"))
