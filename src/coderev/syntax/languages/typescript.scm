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
(public_field_definition name: (_) @name value: [
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
(abstract_class_declaration name: (_) @name body: (_) @body) @class
(interface_declaration name: (_) @name body: (_) @body) @class
(enum_declaration name: (_) @name body: (_) @body) @class
(internal_module name: (_) @name) @scope
(module name: (_) @name) @scope

;;; blocks
[(program) (statement_block) (class_body) (switch_body) (switch_case) (switch_default) (interface_body) (enum_body)] @block

;;; calls
(call_expression function: [(identifier) @name (member_expression property: (_) @name)])
(new_expression constructor: [(identifier) @name (member_expression property: (_) @name)])

;;; names
[(identifier) (property_identifier) (shorthand_property_identifier) (type_identifier)] @name

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
[
  (function_signature) (method_signature) (abstract_method_signature) (call_signature) (construct_signature)
  (function_type) (constructor_type)
] @scope
(internal_module body: (_) @class)
(module body: (_) @class)
(ambient_declaration (statement_block) @class)
([(required_parameter (decorator) @outside) (optional_parameter (decorator) @outside)])

; parameters
(formal_parameters [
  (required_parameter pattern: [
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
  (optional_parameter pattern: [
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
    (array_pattern (identifier) @local)])])])
(formal_parameters (required_parameter pattern: (rest_pattern [
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
    (array_pattern (identifier) @local)])])))
(arrow_function parameter: (identifier) @local)
; a property of the class, or what a framework injects
(required_parameter [(accessibility_modifier) (override_modifier) "readonly" (decorator)] pattern: (identifier) @other)
(optional_parameter [(accessibility_modifier) (override_modifier) "readonly" (decorator)] pattern: (identifier) @other)
((formal_parameters (required_parameter pattern: (identifier) @dynamic)) (#match? @dynamic "^\\$[a-z]"))

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

; a function takes its name from where it is put
(variable_declarator name: (identifier) @other value: [
  (arrow_function) (function_expression) (generator_function) (class)
  (parenthesized_expression [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression)])
  (parenthesized_expression [
    (as_expression . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)]) (satisfies_expression . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)])
    (non_null_expression . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)]) (_ . (type_arguments) . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)] .)])
  (as_expression . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)])
  (satisfies_expression . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)])
  (non_null_expression . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)])
  (_ . (type_arguments) . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)] .)])
(assignment_expression left: (identifier) @other right: [
  (arrow_function) (function_expression) (generator_function) (class)
  (parenthesized_expression [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression)])
  (parenthesized_expression [
    (as_expression . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)]) (satisfies_expression . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)])
    (non_null_expression . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)]) (_ . (type_arguments) . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)] .)])
  (as_expression . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)])
  (satisfies_expression . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)])
  (non_null_expression . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)])
  (_ . (type_arguments) . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)] .)])
(augmented_assignment_expression left: (identifier) @other right: [
  (arrow_function) (function_expression) (generator_function) (class)
  (parenthesized_expression [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression)])
  (parenthesized_expression [
    (as_expression . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)]) (satisfies_expression . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)])
    (non_null_expression . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)]) (_ . (type_arguments) . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)] .)])
  (as_expression . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)])
  (satisfies_expression . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)])
  (non_null_expression . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)])
  (_ . (type_arguments) . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)] .)])
(assignment_pattern left: (identifier) @other right: [
  (arrow_function) (function_expression) (generator_function) (class)
  (parenthesized_expression [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression)])
  (parenthesized_expression [
    (as_expression . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)]) (satisfies_expression . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)])
    (non_null_expression . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)]) (_ . (type_arguments) . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)] .)])
  (as_expression . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)])
  (satisfies_expression . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)])
  (non_null_expression . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)])
  (_ . (type_arguments) . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)] .)])
(required_parameter pattern: (identifier) @other value: [
  (arrow_function) (function_expression) (generator_function) (class)
  (parenthesized_expression [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression)])
  (parenthesized_expression [
    (as_expression . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)]) (satisfies_expression . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)])
    (non_null_expression . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)]) (_ . (type_arguments) . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)] .)])
  (as_expression . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)])
  (satisfies_expression . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)])
  (non_null_expression . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)])
  (_ . (type_arguments) . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)] .)])
(optional_parameter pattern: (identifier) @other value: [
  (arrow_function) (function_expression) (generator_function) (class)
  (parenthesized_expression [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression)])
  (parenthesized_expression [
    (as_expression . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)]) (satisfies_expression . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)])
    (non_null_expression . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)]) (_ . (type_arguments) . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)] .)])
  (as_expression . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)])
  (satisfies_expression . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)])
  (non_null_expression . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)])
  (_ . (type_arguments) . [(arrow_function) (function_expression) (generator_function) (class) (parenthesized_expression) (as_expression) (satisfies_expression) (non_null_expression) (_ . (type_arguments) .)] .)])

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
(function_signature name: (_) @other)
(abstract_class_declaration name: (_) @other)
(enum_declaration name: (_) @other)
(internal_module name: (_) @other)
(module name: (_) @other)
(import_require_clause (identifier) @other)
(import_alias (identifier) @other)
(nested_identifier (identifier) @other)
(nested_type_identifier (identifier) @other)
(index_signature name: (identifier) @other)
(tuple_type (_ (identifier) @other))
(namespace_export (identifier) @other)
; a tag of JSX, which only one of the two grammars has
(_ !operator "<" . (identifier) @other)
(_ !operator "<" . (_ . (identifier) @other . ":" . (identifier) @other .))
(_ . (identifier) @other . ":" . (identifier) @other .)

;;; misread
[(html_comment)] @misread
(binary_expression "<" right: (unary_expression "!" (update_expression "--"))) @misread

; without brackets these end where the grammar goes on
(call_expression function: [
  (arrow_function) (assignment_expression) (augmented_assignment_expression) (await_expression) (binary_expression)
  (sequence_expression) (ternary_expression) (unary_expression) (update_expression) (yield_expression)
  (as_expression) (satisfies_expression) (_ . (type_arguments) .)] !type_arguments) @misread
(call_expression function: [(arrow_function) (update_expression) (yield_expression) (as_expression) (satisfies_expression)]) @misread
(member_expression object: [
  (arrow_function) (assignment_expression) (augmented_assignment_expression) (await_expression) (binary_expression)
  (sequence_expression) (ternary_expression) (unary_expression) (update_expression) (yield_expression)
  (as_expression) (satisfies_expression) (_ . (type_arguments) .)]) @misread
(subscript_expression object: [
  (arrow_function) (assignment_expression) (augmented_assignment_expression) (await_expression) (binary_expression)
  (sequence_expression) (ternary_expression) (unary_expression) (update_expression) (yield_expression)
  (as_expression) (satisfies_expression) (_ . (type_arguments) .)]) @misread
(new_expression constructor: [
  (arrow_function) (assignment_expression) (augmented_assignment_expression) (await_expression) (binary_expression)
  (sequence_expression) (ternary_expression) (unary_expression) (update_expression) (yield_expression)
  (as_expression) (satisfies_expression) (_ . (type_arguments) .)]) @misread
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

(as_expression . [(arrow_function) (assignment_expression) (augmented_assignment_expression) (ternary_expression) (yield_expression)]) @misread
(satisfies_expression . [(arrow_function) (assignment_expression) (augmented_assignment_expression) (ternary_expression) (yield_expression)]) @misread
(binary_expression left: (binary_expression "<") ">") @misread
[(as_expression . (_) @restricted) (satisfies_expression . (_) @restricted) (non_null_expression . (_) @restricted)]
[(generic_type . (_) @restricted) (conditional_type . (_) @restricted)]
[(array_type . (_) @restricted) (lookup_type . (_) @restricted) (type_predicate . (_) @restricted)]
[(type_alias_declaration "type" @restricted) (interface_declaration "interface" @restricted)]
[(internal_module "namespace" @restricted) (module "module" @restricted) (ambient_declaration "declare" @restricted)]
[(abstract_class_declaration "abstract" @restricted) (constructor_type "abstract" @restricted)]
[(interface_body "{" . [";" ","]) (object_type "{" . [";" ","])] @misread
[(interface_body [";" ","] . [";" ","]) (object_type [";" ","] . [";" ","])] @misread
(asserts "asserts" @restricted)
(_ ["readonly" "declare" "abstract" "accessor"] @restricted)
[(accessibility_modifier) (override_modifier)] @restricted
((public_field_definition name: (property_identifier) @member !value !type))

;;; odd_names
([(identifier) (shorthand_property_identifier) (shorthand_property_identifier_pattern) (type_identifier)] @name (#match? @name "\\\\|^(await|export|import|let|new|yield)$"))
