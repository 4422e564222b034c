package secrets

import (
	"crypto/des"
	"crypto/rc4"
)

func all(key []byte) {
	block, err := des.NewCipher(key)       // expect
	triple, err := des.NewTripleDESCipher(key) // expect
	stream, err := rc4.NewCipher(key)      // expect
}
