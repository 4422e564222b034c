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
