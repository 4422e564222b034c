class Dose {
  boolean bad(double dose, float weight) {
    if (dose == Double.NaN) return true; // expect
    if (Float.NaN != weight) return false; // expect
    return compute() == Double.NaN; // expect
  }
}
