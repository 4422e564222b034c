eval(request.query.formula); // expect
const total = eval("2 * " + amount); // expect
window.eval(`run_${name}()`); // expect
vm.runInNewContext(source, {}); // expect
eval(await load(), // expect
);
