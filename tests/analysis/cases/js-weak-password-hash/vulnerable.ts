const a = crypto.createHash("md5").update(password).digest("hex"); // expect
const b = createHash("sha1").update(user.password + salt).digest(); // expect
const c = crypto.createHash('SHA1').update(`${salt}${passwd}`); // expect
const d = md5(password); // expect
const e = crypto // expect
  .createHash("md5")
  .update(req.body.password);
