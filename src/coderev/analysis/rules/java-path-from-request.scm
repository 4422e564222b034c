; title: a request decides which file is used
; languages: java
; severity: high
; confidence: medium
; category: security
; cwe: CWE-22
; hint: \bget(Parameter|Header|PathInfo|SubmittedFileName|OriginalFilename)\b
; message: the path holds a value of the request as it came; `../` in it leads out of the folder
; advice: resolve and normalise the path, and check that it still starts with the folder
; vulnerable: new File(folder, request.getParameter("name"))
; safe: folder.resolve(Path.of(request.getParameter("name")).getFileName())

((object_creation_expression
   type: (type_identifier) @type
   arguments: (argument_list (_) @source .)) @place
 (#any-of? @type "File" "FileInputStream" "FileOutputStream" "FileReader" "FileWriter" "RandomAccessFile")
 (#match? @source "(^|[\\s+(])\\w+\\.(getParameter|getHeader|getPathInfo|getSubmittedFileName|getOriginalFilename)\\("))

((method_invocation
   object: (identifier) @type name: (identifier) @call
   arguments: (argument_list (_) @source .)) @place
 (#any-of? @type "Paths" "Path")
 (#any-of? @call "get" "of")
 (#match? @source "(^|[\\s+(])\\w+\\.(getParameter|getHeader|getPathInfo|getSubmittedFileName|getOriginalFilename)\\("))

((method_invocation name: (identifier) @call) @unless
 (#any-of? @call "startsWith" "getFileName" "getCanonicalPath" "toRealPath"))
