try {
  load();
} catch (error) {
  log.error(error);
}
try {
  unlink(path);
} catch {
  // it may be gone already
}
save(visit).catch((error) => { report(error); });
save(visit).catch(report);
const trap = { catch: () => {} };
