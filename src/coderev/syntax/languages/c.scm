;;; units
(function_definition body: (_) @body) @function
(function_declarator declarator: (identifier) @name)
(struct_specifier name: (_) @name body: (_) @body) @class
(union_specifier name: (_) @name body: (_) @body) @class
(enum_specifier name: (_) @name body: (_) @body) @class
(type_definition
  type: [(struct_specifier !name body: (_) @body) (union_specifier !name body: (_) @body) (enum_specifier !name body: (_) @body)]
  declarator: (type_identifier) @name) @class
(preproc_function_def name: (_) @name value: (_) @body) @function
(comment) @lead

;;; blocks
[(translation_unit) (compound_statement) (field_declaration_list) (enumerator_list) (case_statement)
 (preproc_if) (preproc_ifdef) (preproc_else) (preproc_elif) (declaration_list)] @block

;;; calls
(call_expression function: [(identifier) @name (field_expression field: (_) @name)])

;;; names
[(identifier) (type_identifier) (field_identifier)] @name

;;; comments
(comment) @comment

;;; verbatim
[(string_literal) (char_literal) (system_lib_string)] @verbatim

;;; directives
["#if" "#ifdef" "#ifndef" "#elif" "#elifdef" "#elifndef" "#else" "#endif" "#define" "#include" (preproc_directive)] @head
["#else" "#endif" (preproc_def) (preproc_function_def) (preproc_call) (preproc_include)] @end
(preproc_if condition: (_) @end)
(preproc_elif condition: (_) @end)
(preproc_ifdef name: (_) @end)
(preproc_elifdef name: (_) @end)

;;; locals
(function_definition) @function
[(compound_statement) (for_statement)] @scope

; parameters, of the function itself and of none that is only declared
(function_definition declarator: [
  (function_declarator
    declarator: (identifier)
    parameters: (parameter_list (parameter_declaration declarator: [
      (identifier) @local
      (array_declarator declarator: [
        (identifier) @local
        (array_declarator declarator: (identifier) @local)])
      (pointer_declarator declarator: [
        (identifier) @local
        (array_declarator declarator: (identifier) @local)
        (pointer_declarator declarator: [
          (identifier) @local
          (pointer_declarator declarator: (identifier) @local)])])])))
  (pointer_declarator declarator: (function_declarator
    declarator: (identifier)
    parameters: (parameter_list (parameter_declaration declarator: [
      (identifier) @local
      (array_declarator declarator: (identifier) @local)
      (pointer_declarator declarator: [
        (identifier) @local
        (pointer_declarator declarator: (identifier) @local)])]))))
  (pointer_declarator declarator: (pointer_declarator declarator: (function_declarator
    declarator: (identifier)
    parameters: (parameter_list (parameter_declaration declarator: [
      (identifier) @local
      (pointer_declarator declarator: (identifier) @local)])))))])

(declaration declarator: [
  (identifier) @local
  (array_declarator declarator: [
    (identifier) @local
    (array_declarator declarator: (identifier) @local)])
  (pointer_declarator declarator: [
    (identifier) @local
    (array_declarator declarator: (identifier) @local)
    (pointer_declarator declarator: [
      (identifier) @local
      (pointer_declarator declarator: (identifier) @local)])])
  (init_declarator declarator: [
    (identifier) @local
    (array_declarator declarator: [
      (identifier) @local
      (array_declarator declarator: (identifier) @local)])
    (pointer_declarator declarator: [
      (identifier) @local
      (array_declarator declarator: (identifier) @local)
      (pointer_declarator declarator: [
        (identifier) @local
        (pointer_declarator declarator: (identifier) @local)])])])])

; the size of an array still sees the outer name
(declaration declarator: (array_declarator) @after)
(parameter_declaration declarator: (array_declarator) @after)
(init_declarator declarator: (array_declarator) @after)
(pointer_declarator declarator: (array_declarator) @after)

; what is declared here is seen elsewhere, or its type may be a macro
(declaration (storage_class_specifier ["static" "extern" "thread_local" "__thread"])) @class
(declaration type: (type_identifier) @_capitals (#match? @_capitals "^[A-Z_][A-Z0-9_]*$")) @class

; a product may look like a declaration, unless its first name is known for a type
(declaration type: (type_identifier) declarator: (pointer_declarator)) @doubtful
(function_definition type: (type_identifier) @type)
(function_definition
  declarator: (_ parameters: (parameter_list (parameter_declaration type: (type_identifier) @type declarator: (_)))))
(declaration type: (type_identifier) @type . declarator: [
  (identifier)
  (init_declarator declarator: [(identifier) (pointer_declarator)])])
(type_descriptor type: (type_identifier) @type declarator: (abstract_pointer_declarator))
(_ (type_qualifier) . (type_identifier) @type)

; no references to a variable
(call_expression function: (identifier) @other)
(function_declarator declarator: (identifier) @other)
(enumerator name: (identifier) @other)
(attribute [prefix: (_) name: (_)] @other)

; what may see names
[(preproc_if) (preproc_ifdef) (preproc_def) (preproc_function_def) (preproc_call) (preproc_include)
 (gnu_asm_expression) (attribute_specifier) (ms_declspec_modifier) (macro_type_specifier)] @dynamic
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
