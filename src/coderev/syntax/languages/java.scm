;;; units
(method_declaration name: (_) @name body: (_) @body) @function
(constructor_declaration name: (_) @name body: (_) @body) @function
(compact_constructor_declaration name: (_) @name body: (_) @body) @function
(class_declaration name: (_) @name body: (_) @body) @class
(interface_declaration name: (_) @name body: (_) @body) @class
(enum_declaration name: (_) @name body: (_) @body) @class
(record_declaration name: (_) @name body: (_) @body) @class
(annotation_type_declaration name: (_) @name body: (_) @body) @class
[(line_comment) (block_comment)] @lead

;;; blocks
[(program) (block) (constructor_body) (class_body) (interface_body) (enum_body) (enum_body_declarations)
 (annotation_type_body) (switch_block) (switch_block_statement_group)] @block

;;; calls
(method_invocation name: (_) @name)
(object_creation_expression type: [(type_identifier) @name (generic_type (type_identifier) @name)])

;;; names
[(identifier) (type_identifier)] @name

;;; comments
[(line_comment) (block_comment)] @comment

;;; verbatim
[(string_literal) (character_literal)] @verbatim

;;; locals
[(method_declaration) (constructor_declaration) (compact_constructor_declaration) (block) (constructor_body)
 (for_statement) (enhanced_for_statement) (try_with_resources_statement) (catch_clause) (lambda_expression)
 (switch_block) (switch_rule)] @scope
; what a class inside of a method uses from around it becomes a field that bears the name
[(class_body) (interface_body) (enum_body) (annotation_type_body)] @wall
(enhanced_for_statement value: (_) @outside)
(try_with_resources_statement [(catch_clause) (finally_clause)] @outside)

(local_variable_declaration declarator: (variable_declarator name: (identifier) @local))
(enhanced_for_statement name: (identifier) @local)
(resource name: (identifier) @local)
(catch_formal_parameter name: (identifier) @local)
(lambda_expression parameters: (identifier) @local (#not-eq? @local "_"))
(inferred_parameters (identifier) @local (#not-eq? @local "_"))
(lambda_expression parameters: (formal_parameters (formal_parameter name: (identifier) @local)))
(lambda_expression
  parameters: (formal_parameters (spread_parameter (variable_declarator name: (identifier) @local))))
(method_declaration parameters: (formal_parameters (formal_parameter name: (identifier) @local)) body: (_))
(method_declaration
  parameters: (formal_parameters (spread_parameter (variable_declarator name: (identifier) @local)))
  body: (_))
(constructor_declaration parameters: (formal_parameters (formal_parameter name: (identifier) @local)))
(constructor_declaration
  parameters: (formal_parameters (spread_parameter (variable_declarator name: (identifier) @local))))

; a framework that obeys annotations may bind parameters by their names
(method_declaration
  (modifiers (_ name: (_) @annotation))
  parameters: (formal_parameters [
    (formal_parameter name: (identifier) @other)
    (spread_parameter (variable_declarator name: (identifier) @other))])
  (#not-match? @annotation "^(Override|Deprecated|SuppressWarnings|SafeVarargs|Nullable|NonNull|Nonnull|NotNull)$"))
(constructor_declaration
  (modifiers (_ name: (_) @annotation))
  parameters: (formal_parameters [
    (formal_parameter name: (identifier) @other)
    (spread_parameter (variable_declarator name: (identifier) @other))])
  (#not-match? @annotation "^(Override|Deprecated|SuppressWarnings|SafeVarargs|Nullable|NonNull|Nonnull|NotNull)$"))
(formal_parameter
  (modifiers (_ name: (_) @annotation))
  name: (identifier) @other
  (#not-match? @annotation "^(SuppressWarnings|Nullable|NonNull|Nonnull|NotNull|CheckForNull)$"))

; variables of patterns are known where the flow leads
(instanceof_expression name: (identifier) @other)
(type_pattern (identifier) @other)
(record_pattern (identifier) @other)
(record_pattern_component (identifier) @other)

; no references to a variable
(method_declaration name: (identifier) @other)
(constructor_declaration name: (identifier) @other)
(compact_constructor_declaration name: (identifier) @other)
(class_declaration name: (identifier) @other)
(interface_declaration name: (identifier) @other)
(enum_declaration name: (identifier) @other)
(annotation_type_declaration name: (identifier) @other)
(annotation_type_element_declaration name: (identifier) @other)
(record_declaration name: (identifier) @other)
(record_declaration parameters: (formal_parameters (formal_parameter name: (identifier) @other)))
(record_declaration
  parameters: (formal_parameters (spread_parameter (variable_declarator name: (identifier) @other))))
(field_declaration declarator: (variable_declarator name: (identifier) @other))
(constant_declaration declarator: (variable_declarator name: (identifier) @other))
(enum_constant name: (identifier) @other)
(receiver_parameter (identifier) @other)
(method_invocation name: (identifier) @other)
(field_access field: (identifier) @other)
(method_reference "::" (identifier) @other)
(labeled_statement (identifier) @other)
(break_statement (identifier) @other)
(continue_statement (identifier) @other)
(switch_label (identifier) @other)
(annotation name: (identifier) @other)
(marker_annotation name: (identifier) @other)
(element_value_pair key: (identifier) @other)
(scoped_identifier (identifier) @other)
