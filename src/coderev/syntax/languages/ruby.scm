;;; units
(method name: (_) @name body: (_)? @body) @function
(singleton_method name: (_) @name body: (_)? @body) @function
(class name: (_) @name body: (_)? @body) @class
(module name: (_) @name body: (_)? @body) @class
(comment) @lead

;;; blocks
[(program) (body_statement) (block_body) (then) (else) (ensure) (do) (begin) (case) (when)] @block

;;; calls
(call method: (_) @name)

;;; names
[(identifier) (constant) (instance_variable) (class_variable) (global_variable)] @name

;;; comments
(comment) @comment

;;; verbatim
[(string) (heredoc_body) (subshell) (regex) (symbol_array) (string_array) (delimited_symbol)] @verbatim
