package digests

import (
	"crypto/md5"
	"crypto/sha1"
)

func all(password string) {
	sum := md5.Sum([]byte(password)) // expect
	digest := sha1.New()             // expect
	other := md5.New()               // expect
	mac := hmac.New(sha1.Sum, key)
}
