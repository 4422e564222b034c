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
