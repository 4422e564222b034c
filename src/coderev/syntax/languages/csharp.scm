;;; units
(method_declaration name: (_) @name body: (_) @body) @function
(constructor_declaration name: (_) @name body: (_) @body) @function
(destructor_declaration "~" @owner name: (_) @name body: (_) @body) @function
(operator_declaration "operator" @owner operator: _ @name body: (_) @body) @function
(local_function_statement name: (_) @name body: (_) @body) @function
(property_declaration name: (_) @name value: (_) @body) @function
(property_declaration
  name: (_) @name
  accessors: (accessor_list (accessor_declaration body: (_))) @body) @function
(class_declaration name: (_) @name body: (_) @body) @class
(struct_declaration name: (_) @name body: (_) @body) @class
(interface_declaration name: (_) @name body: (_) @body) @class
(record_declaration name: (_) @name) @class
(enum_declaration name: (_) @name body: (_) @body) @class
(comment) @lead

;;; blocks
[(compilation_unit) (block) (declaration_list) (enum_member_declaration_list) (switch_body) (switch_section)
 (accessor_list)] @block

;;; calls
(invocation_expression function: [
  (identifier) @name
  (generic_name (identifier) @name)
  (member_access_expression name: [(identifier) @name (generic_name (identifier) @name)])])
(object_creation_expression type: [(identifier) @name (generic_name (identifier) @name)])

;;; names
(identifier) @name

;;; comments
(comment) @comment

;;; verbatim
[(string_literal) (verbatim_string_literal) (raw_string_literal) (interpolated_string_expression) (character_literal)] @verbatim
