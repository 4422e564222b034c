;;; units
(function_declaration name: (_) @name body: (_) @body) @function
(method_declaration
  receiver: (parameter_list (parameter_declaration type: [
    (type_identifier) @owner
    (generic_type type: (type_identifier) @owner)
    (pointer_type [(type_identifier) @owner (generic_type type: (type_identifier) @owner)])]))
  name: (_) @name
  body: (_) @body) @method
(source_file (var_declaration (var_spec
  name: (identifier) @name
  value: (expression_list . (func_literal body: (_) @body) .)) @function))
(type_spec name: (_) @name type: (struct_type (field_declaration_list) @body)) @class
(type_spec name: (_) @name type: (interface_type)) @class
(comment) @lead

;;; blocks
[(source_file) (block) (statement_list) (field_declaration_list)
 (expression_case) (type_case) (communication_case) (default_case)] @block

;;; calls
(call_expression function: [(identifier) @name (selector_expression field: (_) @name)])

;;; names
[(identifier) (type_identifier) (field_identifier) (package_identifier)] @name

;;; comments
(comment) @comment

;;; verbatim
[(interpreted_string_literal) (raw_string_literal)] @verbatim
