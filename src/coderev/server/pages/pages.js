// Every page works without this.

// A review that runs tells where it is, and the page is made anew when it is over.
const stage = document.getElementById("stage");
if (stage !== null) {
  const events = new EventSource(stage.dataset.events);
  events.addEventListener("stage", (event) => { stage.textContent = JSON.parse(event.data).stage; });
  events.addEventListener("end", () => { events.close(); location.reload(); });
}

// The one-time token that `coderev serve` printed stands behind `#`, which is never sent; a person sends the form.
const token = document.querySelector('form[action="/enter"] input[name="token"]');
if (token !== null && location.hash.length > 1) {
  token.value = decodeURIComponent(location.hash.slice(1));
  history.replaceState(null, "", location.pathname);
}
