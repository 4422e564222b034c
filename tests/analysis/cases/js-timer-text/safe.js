setTimeout(() => refresh(name), 1000);
setInterval(poll, 500);
window.setTimeout(function () { show(id); }, 10);
timers.setTimeout("label", 10);
