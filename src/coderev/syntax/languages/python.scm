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
