const active = users.filter((user) => user.active);
const flags = await Promise.all(users.map(async (user) => isActive(user)));
collection.find(query, async (error, rows) => use(rows));
await store.find({ id }, async () => {});
