response.render("hello", { name: request.query.name });
res.send(`<h1>${escapeHtml(req.query.name)}</h1>`);
res.send({ name: req.query.name });
res.send("id " + req.params.id);
box.textContent = location.hash.slice(1);
box.innerHTML = "<p>hello</p>";
