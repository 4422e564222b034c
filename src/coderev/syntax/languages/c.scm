;;; units
(function_definition body: (_) @body) @function
(function_declarator declarator: (identifier) @name)
(struct_specifier name: (_) @name body: (_) @body) @class
(union_specifier name: (_) @name body: (_) @body) @class
(enum_specifier name: (_) @name body: (_) @body) @class
(type_definition
  type: [(struct_specifier !name body: (_) @body) (union_specifier !name body: (_) @body) (enum_specifier !name body: (_) @body)]
  declarator: (type_identifier) @name) @class
(preproc_function_def name: (_) @name value: (_) @body) @function
(comment) @lead

;;; blocks
[(translation_unit) (compound_statement) (field_declaration_list) (enumerator_list) (case_statement)
 (preproc_if) (preproc_ifdef) (preproc_else) (preproc_elif) (declaration_list)] @block

;;; calls
(call_expression function: [(identifier) @name (field_expression field: (_) @name)])

;;; names
[(identifier) (type_identifier) (field_identifier)] @name

;;; comments
(comment) @comment

;;; verbatim
[(string_literal) (char_literal) (system_lib_string)] @verbatim
