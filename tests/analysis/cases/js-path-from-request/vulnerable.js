fs.readFile("uploads/" + request.params.name, done); // expect
fs.createReadStream(path.join(root, req.query.file)).pipe(res); // expect
res.sendFile(`${folder}/${req.params.name}`); // expect
await fs.promises.unlink(req.body.path); // expect
const text = readFileSync(path.resolve(base, req.params[0])); // expect
