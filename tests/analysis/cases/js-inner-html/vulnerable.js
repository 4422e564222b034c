box.innerHTML = comment.text; // expect
document.getElementById("list").outerHTML = `<li>${name}</li>`; // expect
list.innerHTML += "<li>" + item + "</li>"; // expect
document.write("<script src='" + url + "'></script>"); // expect
box.insertAdjacentHTML("beforeend", row.html); // expect
frame.srcdoc = page; // expect
