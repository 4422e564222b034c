const a = jwt.sign(claims, "clinic-key-2024"); // expect
const b = jwt.verify(token, 'changeme', { algorithms: ["HS256"] }); // expect
const c = jwt.sign({ id: user.id }, `fixed`); // expect
const d = jwt.verify(token, process.env.JWT_KEY || "development"); // expect
const e = jwt.sign(claims, process.env.KEY ?? "fallback", options); // expect
