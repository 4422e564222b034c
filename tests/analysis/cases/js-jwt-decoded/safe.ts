function identify(token: string) {
  const head = jwt.decode(token, { complete: true });
  return jwt.verify(token, keys[head.kid]);
}
const text = decoder.decode(bytes);
const image = jpeg.decode(bytes);
