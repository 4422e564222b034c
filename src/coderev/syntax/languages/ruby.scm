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

;;; locals
[(method) (singleton_method)] @wall
[(class body: (_) @wall) (module body: (_) @wall) (singleton_class body: (_) @wall)]
[(block) (do_block) (lambda) (end_block)] @scope
(heredoc_body (interpolation) @wall) ; it is read before what stands after its beginning

(assignment left: (identifier) @local)
(operator_assignment left: (identifier) @local)
(left_assignment_list (identifier) @local)
(destructured_left_assignment (identifier) @local)
(rest_assignment (identifier) @local)
(for pattern: (identifier) @local)
(exception_variable (identifier) @local)

(assignment left: (identifier) @dynamic (#any-of? @dynamic "then" "do")) ; a keyword, which the grammar takes for a name

; no references to a variable; parameters keep their names
[(method name: (_) @other) (singleton_method name: (_) @other) (alias (_) @other) (undef (_) @other)]
(call method: (identifier) @other)
[(method_parameters (identifier) @other) (block_parameters (identifier) @other) (lambda_parameters (identifier) @other)]
(destructured_parameter (identifier) @other)
(optional_parameter name: (identifier) @other)
(keyword_parameter name: (identifier) @other)
(splat_parameter (identifier) @other)
(hash_splat_parameter (identifier) @other)
(block_parameter (identifier) @other)
(as_pattern name: (identifier) @other)
[(array_pattern (identifier) @other) (find_pattern (identifier) @other) (alternative_pattern (identifier) @other)]
(keyword_pattern value: (identifier) @other)
(in_clause pattern: (identifier) @other)
[(match_pattern pattern: (identifier) @other) (test_pattern pattern: (identifier) @other)]
(parenthesized_pattern (identifier) @other)
(scope_resolution name: (_) @other)
