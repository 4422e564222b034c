package digests

import "crypto/sha256"

func all(password string) {
	sum := sha256.Sum256([]byte(password))
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.DefaultCost)
	name := "md5.Sum"
	md5.Close()
}
