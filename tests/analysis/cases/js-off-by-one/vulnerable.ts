for (let i = 0; i <= rows.length; i++) total += rows[i].cost; // expect
for (var j = 0; j <= this.rows.length; j += 1) {
  use(this.rows[j]); // expect
}
for (let k = 0; names.length >= k; k++) {
  if (names[k] === name) found = k; // expect
}
for (let i = 0; i <= rows.length; i++) {
  total += rows[i].cost; // expect
  count += rows[i].count + rows[i].extra;
}
