response.redirect(PAGES[request.query.next] ?? "/");
res.redirect("/login");
res.redirect(`/visits/${req.params.id}`);
res.redirect(safePath(req.query.next));
res.redirect(req.query.local ? "/here" : "/there");
window.location.href = "/home";
const next = new URLSearchParams(location.search).get("next");
