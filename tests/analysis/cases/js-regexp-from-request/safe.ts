const a = new RegExp("^[a-z]+$");
const b = new RegExp(escapeRegExp(request.query.search));
const c = names.filter((name) => name.includes(request.query.search));
const d = new RegExp(pattern);
