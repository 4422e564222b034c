try { await save(visit); } catch {} // expect
try {
  load();
} /* expect */ catch (error) {
}
save(visit).catch(() => {}); // expect
save(visit)
  .then(done)
  .catch(function (error) { }); // expect
