box.textContent = comment.text;
box.innerHTML = "";
box.innerHTML = "<p>" + "Loading" + "</p>";
box.innerHTML = DOMPurify.sanitize(comment.text);
list.innerHTML = `<li>${escapeHtml(item)}</li>`;
box.insertAdjacentHTML("beforeend", "<hr>");
document.write("<p>hello</p>");
const before = box.innerHTML;
stream.write(chunk);
