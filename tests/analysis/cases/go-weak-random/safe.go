package tokens

import (
	"crypto/rand"
	mathrand "math/rand"
)

func all() {
	token := make([]byte, 32)
	rand.Read(token)
	delay := mathrand.Intn(100)
}
