;;; units
(function_declaration name: (_) @name body: (_) @body) @function
(generator_function_declaration name: (_) @name body: (_) @body) @function
(function_expression name: (_) @name body: (_) @body) @function
(generator_function name: (_) @name body: (_) @body) @function
(method_definition name: (_) @name body: (_) @body) @function
(class_declaration name: (_) @name body: (_) @body) @class
(class name: (_) @name body: (_) @body) @class
[(comment) (decorator)] @lead

; a function that takes its name from where it is put
(variable_declarator name: (identifier) @name value: [
  (arrow_function body: (_) @body)
  (function_expression !name body: (_) @body)
  (generator_function !name body: (_) @body)]) @function
(variable_declarator name: (identifier) @name value: (class !name body: (_) @body)) @class
(variable_declarator name: (identifier) @name value: (object)) @scope
(pair key: (_) @name value: [
  (arrow_function body: (_) @body)
  (function_expression !name body: (_) @body)]) @function
(field_definition property: (_) @name value: [
  (arrow_function body: (_) @body)
  (function_expression !name body: (_) @body)]) @function
(assignment_expression
  left: [(identifier) @name (member_expression property: (_) @name)]
  right: [
    (arrow_function body: (_) @body)
    (function_expression !name body: (_) @body)
    (generator_function !name body: (_) @body)]) @function
(assignment_expression
  left: (member_expression object: (identifier) @owner)
  right: [(arrow_function) (function_expression !name) (generator_function !name)]
  (#not-match? @owner "^(exports|module|window|self|globalThis)$"))
(assignment_expression
  left: (member_expression object: (member_expression object: (identifier) @owner property: (property_identifier) @_prototype))
  right: [(arrow_function) (function_expression !name) (generator_function !name)]
  (#eq? @_prototype "prototype"))
(export_statement "default" @name value: [
  (arrow_function body: (_) @body)
  (function_expression !name body: (_) @body)
  (generator_function !name body: (_) @body)]) @function
(export_statement "default" @name value: (class !name body: (_) @body)) @class

;;; blocks
[(program) (statement_block) (class_body) (switch_body) (switch_case) (switch_default)] @block

;;; calls
(call_expression function: [(identifier) @name (member_expression property: (_) @name)])
(new_expression constructor: [(identifier) @name (member_expression property: (_) @name)])

;;; names
[(identifier) (property_identifier) (shorthand_property_identifier)] @name

;;; comments
[(comment) (html_comment)] @comment

;;; verbatim
[(string) (template_string) (regex)] @verbatim
