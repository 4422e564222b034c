;;; units
(function_item name: (_) @name body: (_) @body) @function
(macro_definition name: (_) @name) @function
(impl_item
  type: [(type_identifier) @name (generic_type type: (_) @name) (scoped_type_identifier name: (_) @name)]
  body: (_) @body) @class
(trait_item name: (_) @name body: (_) @body) @class
(struct_item name: (_) @name) @class
(union_item name: (_) @name body: (_) @body) @class
(enum_item name: (_) @name body: (_) @body) @class
(mod_item name: (_) @name body: (_)) @scope
[(line_comment) (block_comment) (attribute_item)] @lead

;;; blocks
[(source_file) (block) (declaration_list) (field_declaration_list) (enum_variant_list) (match_block)] @block

;;; calls
(call_expression function: [
  (identifier) @name
  (field_expression field: (_) @name)
  (scoped_identifier name: (_) @name)
  (generic_function function: [(identifier) @name (scoped_identifier name: (_) @name)])])
(macro_invocation macro: (identifier) @name)

;;; names
[(identifier) (type_identifier) (field_identifier)] @name

;;; comments
[(line_comment) (block_comment)] @comment

;;; verbatim
[(string_literal) (raw_string_literal) (char_literal)] @verbatim

;;; locals
[(function_item) (impl_item) (trait_item) (mod_item) (const_item) (static_item)] @wall
(closure_expression) @function
[(block) (match_arm) (if_expression) (while_expression) (for_expression)] @scope
(if_expression alternative: (else_clause) @outside)
(for_expression value: (_) @outside)
(array_type length: (_) @outside)
(type_arguments (block) @outside)
[(let_declaration) (let_condition) (match_pattern)] @after
(for_expression pattern: (_) @after)

; where each name of a pattern is a new one; elsewhere it may be a constant
(function_item parameters: (parameters (parameter pattern: (identifier) @hoisted)))
(function_item parameters: (parameters (parameter pattern: (tuple_pattern (identifier) @hoisted))))
(function_item parameters: (parameters (parameter pattern: (reference_pattern (identifier) @hoisted))))
(closure_parameters (identifier) @hoisted)
(closure_parameters (parameter pattern: (identifier) @hoisted))
(closure_parameters (tuple_pattern (identifier) @hoisted))
(closure_parameters (tuple_pattern (tuple_pattern (identifier) @hoisted)))
(closure_parameters (reference_pattern (identifier) @hoisted))
(closure_parameters (reference_pattern (tuple_pattern (identifier) @hoisted)))
(closure_parameters (tuple_pattern (reference_pattern (identifier) @hoisted)))
(let_declaration pattern: (identifier) @local !alternative)
(let_declaration pattern: (tuple_pattern (identifier) @local) !alternative)
(let_declaration pattern: (tuple_pattern (tuple_pattern (identifier) @local)) !alternative)
(for_expression pattern: (identifier) @local)
(for_expression pattern: (tuple_pattern (identifier) @local))
(for_expression pattern: (tuple_pattern (tuple_pattern (identifier) @local)))
(for_expression pattern: (reference_pattern (identifier) @local))
(for_expression pattern: (tuple_pattern (reference_pattern (identifier) @local)))
(mut_pattern (identifier) @local)
(ref_pattern (identifier) @local)
(captured_pattern . (identifier) @local)

; no references to a variable
[(lifetime (identifier) @other) (label (identifier) @other) (attribute (identifier) @other)]
[(token_tree (identifier) @other) (token_tree_pattern (identifier) @other) (token_repetition (identifier) @other)]
(macro_invocation macro: (_) @other)
(shorthand_field_initializer (identifier) @other)
(scoped_identifier (identifier) @other)
(scoped_type_identifier (identifier) @other)
(generic_function function: (identifier) @other)
(tuple_struct_pattern type: (identifier) @other)
(const_parameter name: (identifier) @other)
[(function_item name: (identifier) @other) (function_signature_item name: (identifier) @other)]
[(const_item name: (identifier) @other) (static_item name: (identifier) @other) (mod_item name: (identifier) @other)]
[(enum_variant name: (identifier) @other) (extern_crate_declaration (identifier) @other)]
[(use_declaration (identifier) @other) (use_list (identifier) @other) (use_as_clause (identifier) @other)]
[(use_wildcard (identifier) @other) (scoped_use_list (identifier) @other)]

; what may hide a local without telling its name, or see it by its name
(macro_definition) @dynamic
((identifier) @dynamic (#match? @dynamic "^r#")) ; another spelling of a name
(use_wildcard) @dynamic
(token_tree (string_literal (escape_sequence) @dynamic (#match? @dynamic "^.[xu]")))
(macro_invocation macro: (scoped_identifier) @dynamic)
(macro_invocation
  macro: (identifier) @dynamic
  (#not-match? @dynamic
    "^(e?print(ln)?|format(_args)?|write(ln)?|panic|vec|matches|todo|unimplemented|unreachable|dbg|(debug_)?assert(_eq|_ne)?|trace|debug|info|warn|error|log|cfg|concat|stringify|line|file|env|option_env|try|ready)$"))
(attribute
  [(identifier) (scoped_identifier)] @dynamic
  (#not-match? @dynamic
    "^(inline|cold|must_use|allow|warn|deny|forbid|expect|cfg|test|ignore|should_panic|doc|deprecated|no_mangle|derive|repr|track_caller|target_feature|rustfmt::skip|stable|unstable|rustc_[a-z_]+)$"))
