;;; units
(function_definition name: (_) @name body: (_) @body) @function
(method_declaration name: (_) @name body: (_) @body) @function
(class_declaration name: (_) @name body: (_) @body) @class
(interface_declaration name: (_) @name body: (_) @body) @class
(trait_declaration name: (_) @name body: (_) @body) @class
(enum_declaration name: (_) @name body: (_) @body) @class
(comment) @lead

;;; blocks
[(program) (compound_statement) (colon_block) (declaration_list) (enum_declaration_list) (switch_block)
 (case_statement) (default_statement)] @block

;;; calls
(function_call_expression function: [(name) @name (qualified_name (name) @name)])
(member_call_expression name: (name) @name)
(nullsafe_member_call_expression name: (name) @name)
(scoped_call_expression name: (name) @name)
(object_creation_expression [(name) @name (qualified_name (name) @name)])

;;; names
(name) @name

;;; comments
(comment) @comment

;;; verbatim
[(string) (encapsed_string) (heredoc) (nowdoc) (shell_command_expression)] @verbatim
