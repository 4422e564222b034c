async function allowed(user: User) {
  return (await roles(user)).includes("doctor");
}

function ready() {
  return true;
}

async function show(user: User) {
  if (await allowed(user)) open(user);
  if (ready()) open(user);
  const pending = allowed(user);
  if (!(await pending)) throw new Error("no");
  return users.filter((other) => other.active && ready());
}
