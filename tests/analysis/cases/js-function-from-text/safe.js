const root = new Function("return this")();
const other = Function("a", "b", "return a + b");
const sorters = { name: byName, day: byDay };
if (x instanceof Function) x(body);
const made = makeFunction(body);
