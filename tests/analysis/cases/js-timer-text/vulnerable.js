setTimeout("refresh('" + name + "')", 1000); // expect
setInterval("poll()", 500); // expect
window.setTimeout(`show(${id})`, 10); // expect
globalThis.setInterval("tick()"); // expect
