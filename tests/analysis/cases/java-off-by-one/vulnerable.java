class Rows {
  void sum(int[] rows, List<Visit> visits, String text) {
    for (int i = 0; i <= rows.length; i++) total += rows[i]; // expect
    for (int j = 0; j <= visits.size(); j++) {
      use(visits.get(j)); // expect
    }
    for (int k = 0; k <= text.length(); ++k) {
      if (text.charAt(k) == 'x') found = k; // expect
    }
  }
}
