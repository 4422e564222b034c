package secrets

import (
	"crypto/aes"
	"crypto/cipher"
)

func all(key []byte) {
	block, err := aes.NewCipher(key)
	sealed, err := cipher.NewGCM(block)
}
