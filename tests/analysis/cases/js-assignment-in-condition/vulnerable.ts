if (user.role = "admin") grant(user); // expect
if (count = 0) { // expect
  empty();
}
if (a = b) swap(); // expect
while (done = false) work(); // expect
do { step(); } while (ready = true); // expect
if (role = "") refuse(); // expect
