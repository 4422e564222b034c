fs.readFile(path.join("uploads", path.basename(request.params.name)), done);
fs.readFile(FILES[name], done);
fs.createReadStream(safeJoin(root, req.query.file));
res.sendFile("index.html", { root });
fs.writeFile(target, req.body.text, done);
