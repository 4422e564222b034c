for (let i = 0; i < rows.length; i++) total += rows[i].cost;
for (let i = 1; i <= rows.length; i++) total += rows[i - 1].cost;
for (let i = 0; i <= text.length; i++) prefixes.push(text.slice(0, i));
function fence() {
  for (let i = 0; i <= rows.length; i++) {
    if (i === rows.length) flush();
    else add(rows[i]);
  }
}
for (let i = 0; i <= rows.length - 1; i++) use(rows[i]);
for (let i = 0; i <= rows.length; i++) use(others[i]);
