response.redirect(request.query.next); // expect
res.redirect(req.query["url"] as string); // expect
res.redirect(302, req.body.target); // expect
res.redirect(req.query.next || "/"); // expect
ctx.redirect(ctx.request.query.to); // expect
window.location.href = new URLSearchParams(window.location.search).get("next"); // expect
location = new URLSearchParams(location.search).get("to"); // expect
