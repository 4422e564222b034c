class Dose {
  boolean bad(double dose, float weight) {
    if (Double.isNaN(dose)) return true;
    double result = Double.NaN;
    return weight < Double.NaN || dose != dose;
  }
}
