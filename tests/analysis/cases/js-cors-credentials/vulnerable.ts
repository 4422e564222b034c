app.use(cors({ origin: true, credentials: true })); // expect
app.use(cors({ credentials: true, origin: "*" })); // expect
const io = new Server(http, { cors: { origin: "*", methods: ["GET"], credentials: true } }); // expect
res.setHeader("Access-Control-Allow-Origin", req.headers.origin); // expect
res.header("access-control-allow-origin", req.get("Origin")); // expect
