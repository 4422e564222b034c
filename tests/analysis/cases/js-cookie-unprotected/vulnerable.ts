response.cookie("session", id, { httpOnly: false, secure: true }); // expect
app.use(session({ secret, cookie: { secure: false } })); // expect
setCookie("id", value, { path: "/", httpOnly: false }); // expect
const options = {
  cookie: {
    secure: false, // expect
    httpOnly: false, // expect
  },
};
