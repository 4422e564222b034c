const a = crypto.scryptSync(password, salt, 32);
const etag = crypto.createHash("sha1").update(body).digest("base64");
const b = createHash("sha256").update(file).digest();
const c = md5(content);
const d = await bcrypt.hash(password, 12);
