jwt.verify(token, key, { algorithms: ["RS256"] });
jwt.sign(claims, key, { algorithm: "RS256" });
jwt.verify(token, key);
css.verify(token, "", { display: "none" });
jwt.verify(token, key, { ignoreExpiration: false });
