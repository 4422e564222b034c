if (user.role === "admin") grant(user);
while ((match = pattern.exec(text)) !== null) use(match);
if ((node = node.next)) visit(node);
while (node = node.parent) visit(node);
if (match = pattern.exec(text)) use(match);
if (list.some((x) => (x = 1))) done();
for (let i = 0; (row = rows[i]); i++) use(row);
if (heading = item.heading) show(heading);
