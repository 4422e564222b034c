patients.forEach(async (patient) => { await notify(patient); }); // expect
rows.forEach(async function (row) { await save(row); }); // expect
rows
  .filter(Boolean)
  .forEach(async (row) => save(row)); // expect
new Map().forEach(async (value, key) => { await put(key, value); }); // expect
