jwt.verify(token, key, { algorithms: ["none"] }); // expect
jwt.verify(token, key, { issuer, algorithms: ["RS256", "none"] }); // expect
jwt.sign(claims, "", { algorithm: "none" }); // expect
jwt.verify(token, ""); // expect
jsonwebtoken.verify(token, null); // expect
jwt.verify(token, key, { algorithms: ["RS256"], ignoreExpiration: true }); // expect
