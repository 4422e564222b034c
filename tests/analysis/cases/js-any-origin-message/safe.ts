frame.contentWindow.postMessage(session, "https://portal.internal");
worker.postMessage({ pattern: "*" });
parent.postMessage(data, { targetOrigin: origin });
bus.publish("message", "*");
