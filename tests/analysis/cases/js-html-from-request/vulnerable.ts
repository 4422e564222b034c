response.send(`<h1>${request.query.name}</h1>`); // expect
res.status(404).send("<p>No page " + req.params.page + "</p>"); // expect
res.write("<li>" + req.body.comment); // expect
box.innerHTML = location.hash.slice(1); // expect
box.innerHTML = "<b>" + decodeURIComponent(window.location.search) + "</b>"; // expect
document.write(document.referrer); // expect
title.innerHTML = new URLSearchParams(address).get("title"); // expect
