const agent = new https.Agent({ ca });
const strict = { rejectUnauthorized: true, strictSSL: true };
const chosen = { rejectUnauthorized: !insecure };
process.env.NODE_TLS_REJECT_UNAUTHORIZED = "1";
if (options.rejectUnauthorized === false) warn();
