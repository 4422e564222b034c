;;; units
(function_definition body: (_) @body) @function
(function_declarator declarator: [
  (identifier) (field_identifier) (qualified_identifier) (destructor_name) (operator_name) (template_function)] @name)
(operator_cast "operator" @owner type: (_) @name)
(class_specifier name: [(type_identifier) @name (qualified_identifier) @name (template_type name: (_) @name)] body: (_) @body) @class
(struct_specifier name: [(type_identifier) @name (qualified_identifier) @name (template_type name: (_) @name)] body: (_) @body) @class
(union_specifier name: [(type_identifier) @name (qualified_identifier) @name (template_type name: (_) @name)] body: (_) @body) @class
(enum_specifier name: (_) @name body: (_) @body) @class
(type_definition
  type: [(struct_specifier !name body: (_) @body) (union_specifier !name body: (_) @body) (enum_specifier !name body: (_) @body)]
  declarator: (type_identifier) @name) @class
(namespace_definition name: (_) @name) @scope
(preproc_function_def name: (_) @name value: (_) @body) @function
(template_declaration) @outer
(comment) @lead

;;; blocks
[(translation_unit) (compound_statement) (field_declaration_list) (enumerator_list) (declaration_list) (case_statement)
 (preproc_if) (preproc_ifdef) (preproc_else) (preproc_elif)] @block

;;; calls
(call_expression function: [
  (identifier) @name
  (field_expression field: (_) @name)
  (qualified_identifier name: (identifier) @name)
  (template_function name: (_) @name)])
(new_expression type: (type_identifier) @name)

;;; names
[(identifier) (type_identifier) (field_identifier) (namespace_identifier)] @name

;;; comments
(comment) @comment

;;; verbatim
[(string_literal) (raw_string_literal) (char_literal) (system_lib_string)] @verbatim
