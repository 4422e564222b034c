class Rows {
  void sum(int[] rows, List<Visit> visits, String text) {
    for (int i = 0; i < rows.length; i++) total += rows[i];
    for (int i = 1; i <= rows.length; i++) total += rows[i - 1];
    for (int i = 0; i <= text.length(); i++) parts.add(text.substring(0, i));
    for (int i = 0; i <= visits.size(); i++) {
      Visit visit = i == visits.size() ? null : visits.get(i);
    }
  }
}
