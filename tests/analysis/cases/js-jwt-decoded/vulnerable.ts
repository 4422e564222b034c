const user = jwt.decode(token); // expect
function identify(request: Request) {
  return jsonwebtoken.decode(request.headers.authorization); // expect
}
const claims = jwt_decode(token); // expect
const id = jwtDecode(token).sub; // expect
