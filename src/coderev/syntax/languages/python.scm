;;; units
(function_definition name: (identifier) @name body: (block) @body) @function
(class_definition name: (identifier) @name body: (block) @body) @class
[(comment) (decorator)] @lead

;;; blocks
[(module) (block)] @block

;;; calls
(call function: [(identifier) @name (attribute attribute: (identifier) @name)])

;;; names
(identifier) @name

;;; comments
(comment) @comment
(module . (comment)* . (expression_statement . (string) @comment .))
(class_definition body: (block . (expression_statement . (string) @comment .)))
(function_definition body: (block . (expression_statement . (string) @comment .)))

;;; verbatim
(string) @verbatim

;;; locals
[(function_definition) (lambda)] @function ; with its head: without that, a name may be a parameter's
(class_definition) @class
(function_definition [parameters: (_) return_type: (_) type_parameters: (_)] @outside)
(lambda parameters: (_) @outside)
(class_definition [superclasses: (_) type_parameters: (_)] @outside)
[(list_comprehension) (set_comprehension) (dictionary_comprehension) (generator_expression)] @scope
(list_comprehension body: (_) . [(comment) (line_continuation)]* . (for_in_clause right: (_) @outside))
(set_comprehension body: (_) . [(comment) (line_continuation)]* . (for_in_clause right: (_) @outside))
(dictionary_comprehension body: (_) . [(comment) (line_continuation)]* . (for_in_clause right: (_) @outside))
(generator_expression body: (_) . [(comment) (line_continuation)]* . (for_in_clause right: (_) @outside))
[(type) (case_pattern)] @wall ; annotations are read by spelling, and patterns compare or bind by looks alone

(for_in_clause left: (identifier) @local)
(for_in_clause left: [(pattern_list (identifier) @local) (tuple_pattern (identifier) @local)])
(for_in_clause left: (_ [(tuple_pattern (identifier) @local) (list_splat_pattern (identifier) @local)]))
[(assignment left: (identifier) @hoisted) (for_statement left: (identifier) @hoisted)]
(assignment left: (pattern_list (identifier) @hoisted))
(assignment left: (tuple_pattern (identifier) @hoisted))
(assignment left: (list_pattern (identifier) @hoisted))
(assignment left: (_ [(tuple_pattern (identifier) @hoisted) (list_splat_pattern (identifier) @hoisted)]))
(for_statement left: (_ [(tuple_pattern (identifier) @hoisted) (list_splat_pattern (identifier) @hoisted)]))
(for_statement left: (pattern_list (identifier) @hoisted))
(for_statement left: (tuple_pattern (identifier) @hoisted))
(augmented_assignment left: (identifier) @hoisted)
(as_pattern_target [(identifier) @hoisted (tuple (identifier) @hoisted)])
(named_expression name: (identifier) @hoisted)
(delete_statement [(identifier) @hoisted (expression_list (identifier) @hoisted)])

; no references to a variable
(parameters [(identifier) @other (_ name: (identifier) @other)])
(parameters [(typed_parameter (identifier) @other) (tuple_pattern (identifier) @other)])
(parameters (_ [(list_splat_pattern (identifier) @other) (dictionary_splat_pattern (identifier) @other)]))
(parameters [(list_splat_pattern (identifier) @other) (dictionary_splat_pattern (identifier) @other)])
(lambda_parameters [(identifier) @other (_ name: (identifier) @other) (tuple_pattern (identifier) @other)])
(lambda_parameters [(list_splat_pattern (identifier) @other) (dictionary_splat_pattern (identifier) @other)])
(keyword_argument name: (identifier) @other)
(attribute attribute: (identifier) @other)
(function_definition name: (identifier) @other)
(class_definition name: (identifier) @other)
[(global_statement (identifier) @other) (nonlocal_statement (identifier) @other)]
(dotted_name (identifier) @other)
(aliased_import alias: (identifier) @other)
(wildcard_import) @dynamic ; in a function, as Python 2 permits
