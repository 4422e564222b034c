const a = jwt.sign(claims, settings.signingKey);
const b = jwt.verify(token, process.env.JWT_KEY);
const c = jwt.sign(claims, `${key}`);
const d = sign("document", "note");
