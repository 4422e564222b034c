; title: an error is swallowed
; languages: java
; severity: medium
; confidence: medium
; category: bug
; cwe: CWE-390
; hint: \bcatch\s*\([^()]*\)\s*\{\s*\}
; message: nothing is done about the exception and nothing says why; what failed goes on as if it had worked
; advice: handle it, log it, or name it `ignored` and write in the block why
; vulnerable: try { save(visit); } catch (SQLException e) {}
; safe: try { save(visit); } catch (SQLException e) { throw new StorageFailed(e); }

((catch_clause (catch_formal_parameter name: (_) @exception) body: (block) @body) @place
 (#match? @body "^\\{\\s*\\}$")
 (#not-match? @exception "^(_|ignored?|ignore\\w*|expected|unused)$"))
