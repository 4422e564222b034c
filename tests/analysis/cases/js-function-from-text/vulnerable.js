const compiled = new Function("row", body); // expect
const again = Function("return " + expression); // expect
const third = new Function(`return ${source}`)(); // expect
const fourth = new Function(...names, code); // expect
