; title: a request decides which file is used
; languages: javascript, typescript, tsx
; severity: high
; confidence: medium
; category: security
; cwe: CWE-22
; hint: \b(req|request|ctx)\.(query|params|body|headers|cookies)\b
; message: the path holds a value of the request as it came; `../` in it leads out of the folder
; advice: take path.basename of it, or resolve the path and check that it still lies below the folder
; vulnerable: fs.readFile("uploads/" + request.params.name, done)
; safe: fs.readFile(path.join("uploads", path.basename(request.params.name)), done)

((call_expression
   function: [(identifier) @call (member_expression property: (property_identifier) @call)]
   arguments: (arguments . (_) @path)) @place
 (#any-of? @call
   "readFile" "readFileSync" "createReadStream" "writeFile" "writeFileSync" "createWriteStream" "appendFile"
   "appendFileSync" "unlink" "unlinkSync" "rm" "rmSync" "readdir" "readdirSync" "sendFile" "sendfile" "download")
 (#match? @path "\\b(req|request|ctx)\\.(query|params|body|headers|cookies)\\b")
 (#not-match? @path "(?i)basename|sanitiz|sanitis|safe|parseInt|Number\\("))
