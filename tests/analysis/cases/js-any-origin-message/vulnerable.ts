frame.contentWindow.postMessage(session, "*"); // expect
window.parent.postMessage({ token }, '*'); // expect
opener.postMessage(user, "*", [port]); // expect
parent.postMessage(data, { targetOrigin: "*" }); // expect
