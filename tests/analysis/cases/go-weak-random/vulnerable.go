package tokens

import (
	"fmt"
	"math/rand"
)

func all() {
	token := rand.Int63()                          // expect
	user.Password = fmt.Sprintf("%d", rand.Intn(9)) // expect
	salt := make([]byte, 8)
	rand.Read(salt)                          // expect
	session := Session{Token: rand.Uint64()} // expect
}

func generateToken(n int) string {
	letters := make([]rune, n)
	for i := range letters {
		letters[i] = alphabet[rand.Intn(len(alphabet))] // expect
	}
	return string(letters)
}
