;;; units
(function_definition name: (_) @name body: (_) @body) @function
(comment) @lead

;;; blocks
[(program) (compound_statement) (do_group) (if_statement) (elif_clause) (else_clause) (case_item) (subshell)] @block

;;; calls
(command name: (command_name (word) @name))

;;; names
[(variable_name) (word)] @name

;;; comments
(comment) @comment

;;; verbatim
[(string) (raw_string) (ansi_c_string) (heredoc_body) (regex)] @verbatim
