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

;;; locals
[
  (function_declaration) (function_expression) (generator_function_declaration) (generator_function)
  (arrow_function) (method_definition)
] @function
(function_declaration body: (_) @function)
(function_expression body: (_) @function)
(generator_function_declaration body: (_) @function)
(generator_function body: (_) @function)
(arrow_function body: (statement_block) @function)
(method_definition body: (_) @function)
(class_static_block body: (_) @function)
[(statement_block) (switch_body) (for_statement) (for_in_statement) (catch_clause)] @scope
(method_definition [(computed_property_name) (decorator)] @outside)
(with_statement) @dynamic

; parameters
(formal_parameters [
  (identifier) @local
  (object_pattern [
    (pair_pattern value: [
      (identifier) @local
      (assignment_pattern left: (identifier) @local)
      (object_pattern (pair_pattern value: (identifier) @local))
      (array_pattern (identifier) @local)])
    (rest_pattern (identifier) @local)])
  (array_pattern [
    (identifier) @local
    (assignment_pattern left: (identifier) @local)
    (rest_pattern (identifier) @local)
    (object_pattern (pair_pattern value: (identifier) @local))
    (array_pattern (identifier) @local)])])
(formal_parameters (rest_pattern [
  (identifier) @local
  (object_pattern [
    (pair_pattern value: [
      (identifier) @local
      (assignment_pattern left: (identifier) @local)
      (object_pattern (pair_pattern value: (identifier) @local))
      (array_pattern (identifier) @local)])
    (rest_pattern (identifier) @local)])
  (array_pattern [
    (identifier) @local
    (assignment_pattern left: (identifier) @local)
    (rest_pattern (identifier) @local)
    (object_pattern (pair_pattern value: (identifier) @local))
    (array_pattern (identifier) @local)])]))
(formal_parameters (assignment_pattern left: [
  (identifier) @local
  (object_pattern [
    (pair_pattern value: [
      (identifier) @local
      (assignment_pattern left: (identifier) @local)
      (object_pattern (pair_pattern value: (identifier) @local))
      (array_pattern (identifier) @local)])
    (rest_pattern (identifier) @local)])
  (array_pattern [
    (identifier) @local
    (assignment_pattern left: (identifier) @local)
    (rest_pattern (identifier) @local)
    (object_pattern (pair_pattern value: (identifier) @local))
    (array_pattern (identifier) @local)])]))
(arrow_function parameter: (identifier) @local)
; AngularJS reads the names of parameters
((formal_parameters (identifier) @dynamic) (#match? @dynamic "^\\$[a-z]"))

; variables
(variable_declaration (variable_declarator name: [
  (identifier) @hoisted
  (object_pattern [
    (pair_pattern value: [
      (identifier) @hoisted
      (assignment_pattern left: (identifier) @hoisted)
      (object_pattern (pair_pattern value: (identifier) @hoisted))
      (array_pattern (identifier) @hoisted)])
    (rest_pattern (identifier) @hoisted)])
  (array_pattern [
    (identifier) @hoisted
    (assignment_pattern left: (identifier) @hoisted)
    (rest_pattern (identifier) @hoisted)
    (object_pattern (pair_pattern value: (identifier) @hoisted))
    (array_pattern (identifier) @hoisted)])]))
(lexical_declaration (variable_declarator name: [
  (identifier) @local
  (object_pattern [
    (pair_pattern value: [
      (identifier) @local
      (assignment_pattern left: (identifier) @local)
      (object_pattern (pair_pattern value: (identifier) @local))
      (array_pattern (identifier) @local)])
    (rest_pattern (identifier) @local)])
  (array_pattern [
    (identifier) @local
    (assignment_pattern left: (identifier) @local)
    (rest_pattern (identifier) @local)
    (object_pattern (pair_pattern value: (identifier) @local))
    (array_pattern (identifier) @local)])]))
(catch_clause parameter: [
  (identifier) @local
  (object_pattern [
    (pair_pattern value: [
      (identifier) @local
      (assignment_pattern left: (identifier) @local)
      (object_pattern (pair_pattern value: (identifier) @local))
      (array_pattern (identifier) @local)])
    (rest_pattern (identifier) @local)])
  (array_pattern [
    (identifier) @local
    (assignment_pattern left: (identifier) @local)
    (rest_pattern (identifier) @local)
    (object_pattern (pair_pattern value: (identifier) @local))
    (array_pattern (identifier) @local)])])
(for_in_statement kind: "var" left: [
  (identifier) @hoisted
  (object_pattern [
    (pair_pattern value: [
      (identifier) @hoisted
      (assignment_pattern left: (identifier) @hoisted)
      (object_pattern (pair_pattern value: (identifier) @hoisted))
      (array_pattern (identifier) @hoisted)])
    (rest_pattern (identifier) @hoisted)])
  (array_pattern [
    (identifier) @hoisted
    (assignment_pattern left: (identifier) @hoisted)
    (rest_pattern (identifier) @hoisted)
    (object_pattern (pair_pattern value: (identifier) @hoisted))
    (array_pattern (identifier) @hoisted)])])
(for_in_statement kind: ["let" "const"] left: [
  (identifier) @local
  (object_pattern [
    (pair_pattern value: [
      (identifier) @local
      (assignment_pattern left: (identifier) @local)
      (object_pattern (pair_pattern value: (identifier) @local))
      (array_pattern (identifier) @local)])
    (rest_pattern (identifier) @local)])
  (array_pattern [
    (identifier) @local
    (assignment_pattern left: (identifier) @local)
    (rest_pattern (identifier) @local)
    (object_pattern (pair_pattern value: (identifier) @local))
    (array_pattern (identifier) @local)])])
(using_declaration (variable_declarator name: (identifier) @local))
(for_in_statement kind: "using" left: (identifier) @local)

; a function takes its name from where it is put
(variable_declarator name: (identifier) @other value: [
  (arrow_function) (function_expression) (generator_function) (class)
  (parenthesized_expression [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression)])])
(assignment_expression left: (identifier) @other right: [
  (arrow_function) (function_expression) (generator_function) (class)
  (parenthesized_expression [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression)])])
(augmented_assignment_expression left: (identifier) @other right: [
  (arrow_function) (function_expression) (generator_function) (class)
  (parenthesized_expression [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression)])])
(assignment_pattern left: (identifier) @other right: [
  (arrow_function) (function_expression) (generator_function) (class)
  (parenthesized_expression [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression)])])

; no references to a variable
(function_declaration name: (_) @other)
(function_expression name: (_) @other)
(generator_function_declaration name: (_) @other)
(generator_function name: (_) @other)
(class_declaration name: (_) @other)
(class name: (_) @other)
(import_clause (identifier) @other)
(namespace_import (identifier) @other)
(import_specifier (identifier) @other)
(export_specifier (identifier) @other)
(jsx_opening_element name: (identifier) @other)
(jsx_self_closing_element name: (identifier) @other)
(jsx_closing_element name: (identifier) @other)
(jsx_namespace_name (identifier) @other)

;;; misread
[(html_comment)] @misread
(binary_expression "<" right: (unary_expression "!" (update_expression "--"))) @misread

; without brackets these end where the grammar goes on
(call_expression function: [
  (arrow_function) (assignment_expression) (augmented_assignment_expression) (await_expression) (binary_expression)
  (sequence_expression) (ternary_expression) (unary_expression) (update_expression) (yield_expression)]) @misread
(member_expression object: [
  (arrow_function) (assignment_expression) (augmented_assignment_expression) (await_expression) (binary_expression)
  (sequence_expression) (ternary_expression) (unary_expression) (update_expression) (yield_expression)]) @misread
(subscript_expression object: [
  (arrow_function) (assignment_expression) (augmented_assignment_expression) (await_expression) (binary_expression)
  (sequence_expression) (ternary_expression) (unary_expression) (update_expression) (yield_expression)]) @misread
(new_expression constructor: [
  (arrow_function) (assignment_expression) (augmented_assignment_expression) (await_expression) (binary_expression)
  (sequence_expression) (ternary_expression) (unary_expression) (update_expression) (yield_expression)]) @misread
(binary_expression [
  (arrow_function) (assignment_expression) (augmented_assignment_expression) (ternary_expression) (yield_expression)]) @misread
(unary_expression [
  (arrow_function) (assignment_expression) (augmented_assignment_expression) (ternary_expression) (yield_expression)]) @misread
(await_expression [
  (arrow_function) (assignment_expression) (augmented_assignment_expression) (ternary_expression) (yield_expression)]) @misread
(ternary_expression condition: [
  (arrow_function) (assignment_expression) (augmented_assignment_expression) (ternary_expression) (yield_expression)]) @misread
(update_expression [(arrow_function) (yield_expression) (assignment_expression)]) @misread
(binary_expression left: [(unary_expression) (await_expression)] "**") @misread
(binary_expression left: (binary_expression ["||" "&&"]) "??") @misread
(binary_expression "??" right: (binary_expression ["||" "&&"])) @misread
(binary_expression left: (binary_expression "??") ["||" "&&"]) @misread
(binary_expression ["||" "&&"] right: (binary_expression "??")) @misread

; no line break may follow these
(return_statement "return" @restricted [(expression) (sequence_expression)])
(throw_statement "throw" @restricted)
(break_statement "break" @restricted (statement_identifier))
(continue_statement "continue" @restricted (statement_identifier))
(await_expression "await" @restricted)
; only inside of some functions are these no names
[(await_expression) (yield_expression)] @suspended
(for_statement initializer: (_ (variable_declarator) @restricted))
(yield_expression "yield" @restricted (expression))
(update_expression (_) @restricted ["++" "--"])
[(function_declaration "async" @restricted) (function_expression "async" @restricted)]
[(generator_function_declaration "async" @restricted) (generator_function "async" @restricted)]
[(arrow_function parameter: (_) @restricted) (arrow_function parameters: (_) @restricted)]
[(arrow_function "async" @restricted) (method_definition "async" @restricted)]
(method_definition parameters: (_) @parameters)

; at the start of a statement these would be a block or a declaration
[(object) (function_expression) (generator_function) (class)] @object
(assignment_expression left: (object_pattern) @object)

(using_declaration "using" @restricted)
((field_definition property: (property_identifier) @member !value))

;;; odd_names
([(identifier) (shorthand_property_identifier) (shorthand_property_identifier_pattern)] @name (#match? @name "\\\\|^(await|export|import|let|new|yield)$"))
