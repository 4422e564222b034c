; title: an error is swallowed
; languages: javascript, typescript, tsx
; severity: medium
; confidence: high
; category: bug
; cwe: CWE-390
; hint: \bcatch\s*(\([^()]*\)\s*)?\{\s*\}|\.\s*catch\s*\([^{}]*\{\s*\}
; message: nothing is done about the error and nothing says why; what failed goes on as if it had worked
; advice: handle it, log it, or write in the block why it may be ignored
; vulnerable: try { await save(visit) } catch {}
; safe: try { await save(visit) } catch (error) { log.error(error); throw error }

((catch_clause body: (statement_block) @body) @place
 (#match? @body "^\\{\\s*\\}"))

((call_expression
   function: (member_expression property: (property_identifier) @call @place)
   arguments: (arguments . [(arrow_function body: (statement_block) @body) (function_expression body: (statement_block) @body)] .))
 (#eq? @call "catch")
 (#match? @body "^\\{\\s*\\}"))
