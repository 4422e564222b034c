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

;;; locals
[(function_declaration) (method_declaration) (func_literal)] @function
[(block) (if_statement) (for_statement) (expression_switch_statement) (type_switch_statement) (select_statement)
 (expression_case) (type_case) (communication_case) (default_case)] @scope
(type_switch_statement value: (_) @outside)
(array_type length: (_) @outside)
[(short_var_declaration) (var_spec) (range_clause) (receive_statement)] @after
(type_switch_statement alias: (_) @after)

; a name of nothing, `_`, is no local: it may be declared over and over
(function_declaration
  parameters: (parameter_list (_ name: (identifier) @hoisted (#not-eq? @hoisted "_")))
  body: (_))
(method_declaration
  receiver: (parameter_list (_ name: (identifier) @hoisted (#not-eq? @hoisted "_")))
  body: (_))
(method_declaration
  parameters: (parameter_list (_ name: (identifier) @hoisted (#not-eq? @hoisted "_")))
  body: (_))
(func_literal parameters: (parameter_list (_ name: (identifier) @hoisted (#not-eq? @hoisted "_"))))
(function_declaration
  result: (parameter_list (_ name: (identifier) @hoisted (#not-eq? @hoisted "_")))
  body: (_))
(method_declaration
  result: (parameter_list (_ name: (identifier) @hoisted (#not-eq? @hoisted "_")))
  body: (_))
(func_literal result: (parameter_list (_ name: (identifier) @hoisted (#not-eq? @hoisted "_"))))
(short_var_declaration left: (expression_list (identifier) @local (#not-eq? @local "_")))
(var_spec name: (identifier) @local (#not-eq? @local "_"))
(range_clause left: (expression_list (identifier) @local (#not-eq? @local "_")) ":=")
(receive_statement left: (expression_list (identifier) @local (#not-eq? @local "_")) ":=")
(type_switch_statement alias: (expression_list (identifier) @local (#not-eq? @local "_")))

; no references to a variable; the key of a literal may be a field
(function_declaration name: (identifier) @other)
(type_parameter_declaration name: (identifier) @other)
(keyed_element key: (literal_element (identifier) @other))
