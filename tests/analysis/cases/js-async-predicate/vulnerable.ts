const active = users.filter(async (user) => await isActive(user)); // expect
if (rows.some(async (row) => row.bad)) stop(); // expect
const all = files.every(async function (file) { return exists(file); }); // expect
const first = users.find(async (user) => isAdmin(user)); // expect
