; title: a shell command is built from text
; languages: python
; severity: high
; confidence: medium
; category: security
; cwe: CWE-78
; hint: \bshell\s*=\s*True|\b(system|popen|getoutput|getstatusoutput|create_subprocess_shell)\s*\(|["']-l?c["']
; message: a shell reads this command; a value that holds `;` or `$(` runs another one
; advice: pass an argument list without a shell: subprocess.run(["ls", folder])
; vulnerable: subprocess.run(f"ls {folder}", shell=True)
; safe: subprocess.run(["ls", folder])
; covers: ruff/S602, ruff/S604, ruff/S605

; The text of a command with a placeholder that is neither a constant, nor quoted, nor a number ...
((string (interpolation expression: (_) @part)) @place
 (#not-match? @part "^(_?[A-Z][A-Z0-9_.]*|(\\w+\\.)+_?[A-Z][A-Z0-9_]*|\\d+|sys\\.executable|(\\w+\\.)?getpid\\(\\)|(int|len)\\(.*|(\\w+\\.)?quote\\(.*|shlex\\..*)$"))

; ... or glued together ...
((binary_operator left: (_) operator: "+" right: (_)) @varies @place
 (#match? @varies "[\"']")
 (#not-match? @varies "\\bquote\\(|\\bshlex\\."))
((binary_operator left: [(string) (concatenated_string) (parenthesized_expression)] operator: "%") @varies @place
 (#match? @varies "%(\\(\\w+\\))?[-0-9.]*[rs]")
 (#not-match? @varies "\\bquote\\(|\\bshlex\\."))

; ... or filled in ...
((call
   function: (attribute
     object: [(string) (concatenated_string) (parenthesized_expression)]
     attribute: (identifier) @format)
   arguments: (argument_list) @varies) @place
 (#any-of? @format "format" "format_map")
 (#not-match? @varies "\\bquote\\(|\\bshlex\\."))

; ... where it is what a shell is given.
((call
   function: [(identifier) @call (attribute attribute: (identifier) @call)]
   arguments: (argument_list . (_) @inside @once))
 (#any-of? @call "system" "popen" "getoutput" "getstatusoutput" "create_subprocess_shell"))
((argument_list
   . (_) @inside @once
   (keyword_argument name: (identifier) @option value: (true)))
 (#eq? @option "shell"))
((argument_list
   [((keyword_argument name: (identifier) @command) @inside @once
     (keyword_argument name: (identifier) @option value: (true)))
    ((keyword_argument name: (identifier) @option value: (true))
     (keyword_argument name: (identifier) @command) @inside @once)])
 (#eq? @option "shell")
 (#any-of? @command "args" "cmd" "command"))
((list . (string) @program . (string) @flag . (_) @inside @once)
 (#match? @program "^.(/(usr/)?bin/)?(ba|da|k|z)?sh.$")
 (#match? @flag "^.-l?c.$"))

(argument_list) @outside
