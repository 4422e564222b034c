async function allowed(user: User) {
  return (await roles(user)).includes("doctor");
}

const exists = async (path: string) => (await stat(path)).isFile();

function show(user: User) {
  if (allowed(user)) open(user); // expect
  if (!allowed(user)) throw new Error("no"); // expect
  const page = exists("index") ? "index" : "none"; // expect
  while (exists("lock")) wait(); // expect
  if (user.active && allowed(user)) open(user); // expect
  return page;
}
