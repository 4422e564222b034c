const agent = new https.Agent({ rejectUnauthorized: false }); // expect
request({ url, strictSSL: false }, done); // expect
options.rejectUnauthorized = false; // expect
process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0"; // expect
process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = 0; // expect
const socket = tls.connect(443, host, { "rejectUnauthorized": false }); // expect
