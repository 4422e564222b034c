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

;;; locals
(declaration_list) @class
[(method_declaration) (constructor_declaration) (destructor_declaration) (operator_declaration)
 (conversion_operator_declaration) (accessor_declaration) (arrow_expression_clause) (block) (for_statement)
 (foreach_statement) (using_statement) (fixed_statement) (lock_statement) (while_statement) (do_statement)
 (if_statement) (switch_statement) (switch_section) (switch_expression_arm) (catch_clause)] @scope
(if_statement consequence: (_) @scope)
(if_statement alternative: (_) @scope)
(do_statement body: (_) @scope)
(foreach_statement right: (_) @outside)
; what these use from around them is compiled to members that bear the names
[(lambda_expression) (anonymous_method_expression) (local_function_statement) (query_expression)] @wall
[(attribute_list) (anonymous_object_creation_expression)] @wall
[(constant_pattern) (relational_pattern)] @wall ; the grammar takes what follows `o is T && …` for a part of them
(subpattern . (member_access_expression) @wall)
; calls that may see the text of their arguments
(invocation_expression
  function: [
    (identifier) @called
    (member_access_expression name: (identifier) @called)
    (member_access_expression name: (generic_name (identifier) @called))
    (member_access_expression expression: (identifier) @called)
    (member_access_expression expression: (member_access_expression expression: (identifier) @called))]
  arguments: (argument_list) @wall
  (#match? @called "^(nameof$|Assert|Throw|Guard|Ensure|Require|Check|Verify|Expect)"))
; in one branch a name may be a local, and in another something else
[(preproc_if) (preproc_if_in_attribute_list)] @dynamic

(local_declaration_statement (variable_declaration (variable_declarator name: (identifier) @local)))
(for_statement initializer: (variable_declaration (variable_declarator name: (identifier) @local)))
(using_statement (variable_declaration (variable_declarator name: (identifier) @local)))
(fixed_statement (variable_declaration (variable_declarator name: (identifier) @local)))
(foreach_statement left: (identifier) @local)
(tuple_pattern name: (identifier) @local)
(catch_declaration name: (identifier) @local)
(argument "out" (declaration_expression name: (identifier) @local))
(assignment_expression left: (tuple_expression (argument (declaration_expression name: (identifier) @local))))
(foreach_statement left: (tuple_expression (argument (declaration_expression name: (identifier) @local))))
(declaration_pattern name: (identifier) @local)
(recursive_pattern name: (identifier) @local)

; no references to a variable
(type/identifier) @other
(_ type: (identifier) @other)
(parameter name: (identifier) @other)
(parameter_list name: (identifier) @other)
(bracketed_parameter_list name: (identifier) @other)
(argument name: (identifier) @other)
(tuple_expression (argument (identifier) @other))
(tuple_element name: (identifier) @other)
(member_access_expression name: (identifier) @other)
(member_binding_expression name: (identifier) @other)
(initializer_expression (assignment_expression left: (identifier) @other))
(with_initializer . (identifier) @other)
(subpattern . (identifier) @other)
(constant_pattern (identifier) @other)
(parenthesized_variable_designation (identifier) @other)
(generic_name (identifier) @other)
(qualified_name (identifier) @other)
(alias_qualified_name (identifier) @other)
(type_parameter name: (identifier) @other)
(type_parameter_constraints_clause (identifier) @other)
(explicit_interface_specifier (identifier) @other)
(labeled_statement . (identifier) @other)
(goto_statement (identifier) @other)
(preproc_pragma (identifier) @other)
