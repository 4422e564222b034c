const sessionToken = crypto.randomUUID();
const delay = Math.random() * 100;
const colour = COLOURS[Math.floor(Math.random() * COLOURS.length)];
const tokenCount = Math.random();
const item = { id: Math.random() };
function shuffle(tokens: string[]) {
  return tokens.sort(() => Math.random() - 0.5);
}
