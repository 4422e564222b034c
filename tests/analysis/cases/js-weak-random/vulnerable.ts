const sessionToken = Math.random().toString(36).slice(2); // expect
this.secret = String(Math.floor(Math.random() * 1e6)); // expect
const user = { name, password: Math.random().toString(36) }; // expect
let otp = "";
otp += 1;
function generateToken(length: number) {
  let text = "";
  for (let i = 0; i < length; i++) {
    text += LETTERS[Math.floor(Math.random() * LETTERS.length)]; // expect
  }
  return text;
}
const api_key = `key-${Math.random()}`; // expect
apiKey = [1, 2].map(() => Math.random()).join(""); // expect
