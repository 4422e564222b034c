app.use(cors({ origin: ["https://portal.internal"], credentials: true }));
app.use(cors({ origin: "*" }));
app.use(cors({ origin: true, credentials: false }));
res.setHeader("Access-Control-Allow-Origin", "https://portal.internal");
fetch(url, { credentials: "include" });
