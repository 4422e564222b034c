package access

func all() {
	token, _ := jwt.Parse(text, keys)                    // expect
	_ = bcrypt.CompareHashAndPassword(stored, password)  // expect
	hash, _ := bcrypt.GenerateFromPassword(password, 12) // expect
	_, _ = rand.Read(key)                                // expect
	cert, _ = x509.ParseCertificate(der)                 // expect
	bcrypt.CompareHashAndPassword(stored, password)      // expect
	_ = rsa.VerifyPKCS1v15(key, hash, digest, signature) // expect
}
