"use strict";
// The severity filter is style alone; this adds the filter by file and says how many findings are shown.
const file = document.getElementById("file");
if (file) {
  const cards = [...document.querySelectorAll("section[aria-labelledby=new] article")];
  const filter = () => {
    for (const card of cards) card.hidden = file.value !== "" && card.dataset.path !== file.value;
    const shown = cards.filter((card) => card.checkVisibility()).length;
    document.getElementById("shown").textContent = `${shown} of ${cards.length} shown`;
  };
  file.closest("label").hidden = false;
  document.querySelector(".filters").addEventListener("change", filter);
  filter();
}
