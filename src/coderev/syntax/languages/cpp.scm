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

;;; directives
["#if" "#ifdef" "#ifndef" "#elif" "#elifdef" "#elifndef" "#else" "#endif" "#define" "#include" (preproc_directive)] @head
["#else" "#endif" (preproc_def) (preproc_function_def) (preproc_call) (preproc_include)] @end
(preproc_if condition: (_) @end)
(preproc_elif condition: (_) @end)
(preproc_ifdef name: (_) @end)
(preproc_elifdef name: (_) @end)

;;; locals
(function_definition) @function
[(compound_statement) (for_statement) (for_range_loop) (if_statement) (while_statement) (switch_statement) (catch_clause)
 (lambda_expression)] @scope
(field_declaration_list) @wall
(for_range_loop right: (_) @outside)

; parameters, of the function itself and of none that is only declared
(function_definition declarator: (function_declarator
  declarator: [(identifier) (field_identifier) (qualified_identifier) (destructor_name) (operator_name) (template_function)]
  parameters: (parameter_list (_ declarator: [
    (identifier) @local
    (structured_binding_declarator (identifier) @local)
    (reference_declarator [
      (identifier) @local
      (variadic_declarator (identifier) @local)
      (structured_binding_declarator (identifier) @local)])
    (array_declarator declarator: [
      (identifier) @local
      (array_declarator declarator: (identifier) @local)])
    (pointer_declarator declarator: [
      (identifier) @local
      (array_declarator declarator: (identifier) @local)
      (pointer_declarator declarator: [
        (identifier) @local
        (pointer_declarator declarator: (identifier) @local)])])
    (pointer_declarator (reference_declarator (identifier) @local))
    (variadic_declarator (identifier) @local)]))))
(function_definition declarator: (pointer_declarator declarator: (function_declarator
  declarator: [(identifier) (field_identifier) (qualified_identifier) (destructor_name) (operator_name) (template_function)]
  parameters: (parameter_list (_ declarator: [
    (identifier) @local
    (structured_binding_declarator (identifier) @local)
    (reference_declarator [
      (identifier) @local
      (variadic_declarator (identifier) @local)
      (structured_binding_declarator (identifier) @local)])
    (array_declarator declarator: [
      (identifier) @local
      (array_declarator declarator: (identifier) @local)])
    (pointer_declarator declarator: [
      (identifier) @local
      (array_declarator declarator: (identifier) @local)
      (pointer_declarator declarator: [
        (identifier) @local
        (pointer_declarator declarator: (identifier) @local)])])
    (pointer_declarator (reference_declarator (identifier) @local))
    (variadic_declarator (identifier) @local)])))))
(function_definition declarator: (reference_declarator (function_declarator
  declarator: [(identifier) (field_identifier) (qualified_identifier) (destructor_name) (operator_name) (template_function)]
  parameters: (parameter_list (_ declarator: [
    (identifier) @local
    (structured_binding_declarator (identifier) @local)
    (reference_declarator [
      (identifier) @local
      (variadic_declarator (identifier) @local)
      (structured_binding_declarator (identifier) @local)])
    (array_declarator declarator: [
      (identifier) @local
      (array_declarator declarator: (identifier) @local)])
    (pointer_declarator declarator: [
      (identifier) @local
      (array_declarator declarator: (identifier) @local)
      (pointer_declarator declarator: [
        (identifier) @local
        (pointer_declarator declarator: (identifier) @local)])])
    (pointer_declarator (reference_declarator (identifier) @local))
    (variadic_declarator (identifier) @local)])))))
(lambda_expression declarator: (abstract_function_declarator
  parameters: (parameter_list (_ declarator: [
    (identifier) @local
    (structured_binding_declarator (identifier) @local)
    (reference_declarator [
      (identifier) @local
      (variadic_declarator (identifier) @local)
      (structured_binding_declarator (identifier) @local)])
    (array_declarator declarator: [
      (identifier) @local
      (array_declarator declarator: (identifier) @local)])
    (pointer_declarator declarator: [
      (identifier) @local
      (array_declarator declarator: (identifier) @local)
      (pointer_declarator declarator: [
        (identifier) @local
        (pointer_declarator declarator: (identifier) @local)])])
    (pointer_declarator (reference_declarator (identifier) @local))
    (variadic_declarator (identifier) @local)]))))
(catch_clause parameters: (parameter_list (parameter_declaration declarator: [
  (identifier) @local
  (reference_declarator (identifier) @local)
  (pointer_declarator declarator: (identifier) @local)])))

(declaration declarator: [
  (identifier) @local
  (structured_binding_declarator (identifier) @local)
  (reference_declarator [
    (identifier) @local
    (variadic_declarator (identifier) @local)
    (structured_binding_declarator (identifier) @local)])
  (array_declarator declarator: [
    (identifier) @local
    (array_declarator declarator: (identifier) @local)])
  (pointer_declarator declarator: [
    (identifier) @local
    (array_declarator declarator: (identifier) @local)
    (pointer_declarator declarator: [
      (identifier) @local
      (pointer_declarator declarator: (identifier) @local)])])
  (pointer_declarator (reference_declarator (identifier) @local))
  (variadic_declarator (identifier) @local)
  (init_declarator declarator: [
    (identifier) @local
    (structured_binding_declarator (identifier) @local)
    (reference_declarator [
      (identifier) @local
      (variadic_declarator (identifier) @local)
      (structured_binding_declarator (identifier) @local)])
    (array_declarator declarator: [
      (identifier) @local
      (array_declarator declarator: (identifier) @local)])
    (pointer_declarator declarator: [
      (identifier) @local
      (array_declarator declarator: (identifier) @local)
      (pointer_declarator declarator: [
        (identifier) @local
        (pointer_declarator declarator: (identifier) @local)])])
    (pointer_declarator (reference_declarator (identifier) @local))
    (variadic_declarator (identifier) @local)])])
(for_range_loop declarator: [
  (identifier) @local
  (structured_binding_declarator (identifier) @local)
  (reference_declarator [
    (identifier) @local
    (variadic_declarator (identifier) @local)
    (structured_binding_declarator (identifier) @local)])
  (array_declarator declarator: [
    (identifier) @local
    (array_declarator declarator: (identifier) @local)])
  (pointer_declarator declarator: [
    (identifier) @local
    (array_declarator declarator: (identifier) @local)
    (pointer_declarator declarator: [
      (identifier) @local
      (pointer_declarator declarator: (identifier) @local)])])
  (pointer_declarator (reference_declarator (identifier) @local))
  (variadic_declarator (identifier) @local)])
(lambda_capture_initializer left: (identifier) @local)

; the size of an array, and what a capture is made of, still see the outer name
(declaration declarator: (array_declarator) @after)
(parameter_declaration declarator: (array_declarator) @after)
(init_declarator declarator: (array_declarator) @after)
(pointer_declarator declarator: (array_declarator) @after)
(lambda_capture_initializer) @after

; what is declared here is seen elsewhere, or its type may be a macro
(declaration (storage_class_specifier ["static" "extern" "thread_local" "__thread"])) @class
(declaration type: (type_identifier) @_capitals (#match? @_capitals "^[A-Z_][A-Z0-9_]*$")) @class
(template_declaration (declaration) @class)
(linkage_specification (declaration) @class)

; an expression may look like a declaration, unless its first name is known for a type
(declaration type: [(type_identifier) (qualified_identifier)] @_type declarator: [
    (pointer_declarator) (reference_declarator) (init_declarator declarator: [(pointer_declarator) (reference_declarator)])]
  (#not-match? @_type "^(::)?std::")) @doubtful
(declaration type: (template_type) @_type) @doubtful
(declaration type: (qualified_identifier name: (template_type)) @_type (#not-match? @_type "^(::)?std::")) @doubtful
(function_definition type: (type_identifier) @type)
(function_definition
  declarator: (_ parameters: (parameter_list (_ type: [(type_identifier) (template_type)] @type declarator: (_)))))
(declaration type: (type_identifier) @type . declarator: [
  (identifier)
  (init_declarator declarator: (identifier))])
(type_descriptor type: (type_identifier) @type declarator: (abstract_pointer_declarator))
(new_expression type: (type_identifier) @type)
(_ (type_qualifier) . [(type_identifier) (template_type) (qualified_identifier)] @type)

; no references to a variable
(call_expression function: (identifier) @other)
(function_declarator declarator: (identifier) @other)
(enumerator name: (identifier) @other)
(attribute [prefix: (_) name: (_)] @other)
(qualified_identifier name: (identifier) @other)
(template_function name: (identifier) @other)
(template_parameter_list (_ (identifier) @other))
(template_parameter_list (_ (_ (identifier) @other)))
(destructor_name (identifier) @other)
(using_declaration (identifier) @other)

; what may see names
[(preproc_if) (preproc_ifdef) (preproc_def) (preproc_function_def) (preproc_call) (preproc_include)
 (gnu_asm_expression) (attribute_specifier) (ms_declspec_modifier)] @dynamic
(attribute (argument_list) @dynamic)
(compound_statement (function_definition) @dynamic)
(expression_statement (identifier) @dynamic)
(call_expression function: (identifier) @dynamic
  (#match? @dynamic "^_+[Pp]ragma$|offset_?of|container_?of|_entry|member|field|for_?each"))
(argument_list (identifier) @dynamic
  (#match? @dynamic "^(struct|union|enum|void|char|short|int|long|float|double|signed|unsigned|const|volatile)$"))
; a name in capitals may be a macro and see names: one that is called or used as a place; see also `seeing`
(call_expression function: (identifier) @dynamic (#match? @dynamic "^_*[A-Z][A-Z0-9_]*$"))
(assignment_expression left: (identifier) @dynamic (#match? @dynamic "^_*[A-Z][A-Z0-9_]*$"))
(update_expression argument: (identifier) @dynamic (#match? @dynamic "^_*[A-Z][A-Z0-9_]*$"))
(pointer_expression argument: (identifier) @dynamic (#match? @dynamic "^_*[A-Z][A-Z0-9_]*$"))
(subscript_expression argument: (identifier) @dynamic (#match? @dynamic "^_*[A-Z][A-Z0-9_]*$"))
(field_expression argument: (identifier) @dynamic (#match? @dynamic "^_*[A-Z][A-Z0-9_]*$"))
