eval("1 + 1");
eval("'use strict';" + "ready()");
const parsed = JSON.parse(request.body);
calculator.eval(expression);
const evaluation = evaluate(x); // eval(x) in a comment
const retrieval = { eval: true };
