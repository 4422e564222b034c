; title: a thread is run and not started
; languages: java
; severity: high
; confidence: high
; category: bug
; cwe: CWE-572
; hint: \bThread\b
; message: run() does the work in this thread and waits for it; no other thread is started
; advice: call start()
; vulnerable: new Thread(task).run();
; safe: new Thread(task).start();

((method_invocation
   object: [(object_creation_expression type: (type_identifier) @type)
            (parenthesized_expression (object_creation_expression type: (type_identifier) @type))]
   name: (identifier) @call) @place
 (#eq? @type "Thread")
 (#eq? @call "run"))

((method_invocation object: (identifier) @name name: (identifier) @call arguments: (argument_list) @none) @place
 (#eq? @call "run")
 (#eq? @none "()"))

((local_variable_declaration
   type: (type_identifier) @type
   declarator: (variable_declarator name: (identifier) @name
     value: (object_creation_expression type: (type_identifier) @made))) @anywhere
 (#eq? @made "Thread"))
