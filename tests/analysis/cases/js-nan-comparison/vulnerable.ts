if (dose === NaN) stop(); // expect
const bad = Number(x) != NaN; // expect
while (NaN == value) next(); // expect
const worse = x !== Number.NaN; // expect
const worst = Number.NaN === x; // expect
