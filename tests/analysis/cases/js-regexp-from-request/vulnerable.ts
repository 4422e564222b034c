const a = new RegExp(request.query.search); // expect
const b = RegExp("^" + req.body.prefix); // expect
const c = new RegExp(`${req.params.word}$`, "i"); // expect
const d = text.match(new RegExp(location.hash.slice(1))); // expect
