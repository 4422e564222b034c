; title: bytes decide which objects are made
; languages: java
; severity: high
; confidence: medium
; category: security
; cwe: CWE-502
; hint: \b(ObjectInputStream|XMLDecoder)\b
; message: reading a Java object runs code of any class that the bytes name; well-known chains end in a shell
; advice: read JSON into a known type, or set an ObjectInputFilter with a list of allowed classes
; vulnerable: new ObjectInputStream(request.getInputStream()).readObject()
; safe: mapper.readValue(request.getInputStream(), Visit.class)

((method_invocation
   object: [(object_creation_expression type: (type_identifier) @stream)
            (parenthesized_expression (object_creation_expression type: (type_identifier) @stream))]
   name: (identifier) @read) @place
 (#any-of? @stream "ObjectInputStream" "XMLDecoder")
 (#any-of? @read "readObject" "readUnshared"))

((method_invocation object: (identifier) @name name: (identifier) @read) @place
 (#any-of? @read "readObject" "readUnshared"))

; The stream is made in this file.
([(variable_declarator name: (identifier) @name value: (object_creation_expression type: (type_identifier) @stream))
  (assignment_expression left: (identifier) @name right: (object_creation_expression type: (type_identifier) @stream))
  (resource name: (identifier) @name value: (object_creation_expression type: (type_identifier) @stream))] @anywhere
 (#any-of? @stream "ObjectInputStream" "XMLDecoder"))

((method_invocation name: (identifier) @call) @unless
 (#any-of? @call "setObjectInputFilter" "setSerialFilter"))
