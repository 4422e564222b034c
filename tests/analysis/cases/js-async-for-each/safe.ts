for (const patient of patients) await notify(patient);
await Promise.all(patients.map(async (patient) => notify(patient)));
patients.forEach((patient) => names.push(patient.name));
async function forEach(f: () => void) { f(); }
