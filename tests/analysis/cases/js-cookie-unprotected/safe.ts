response.cookie("session", id, { httpOnly: true, secure: true });
const server = { secure: false, port: 80 };
mail.createTransport({ host, secure: false });
response.cookie("session", id, { secure: production });
