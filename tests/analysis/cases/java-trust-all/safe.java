class Clients {
  static final TrustManager SITE = new X509TrustManager() {
    public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
      site.checkServerTrusted(chain, type);
    }
  };

  public boolean verify(String name, Visit visit) {
    return true;
  }

  void connect(HttpsURLConnection connection) {
    connection.setHostnameVerifier((host, session) -> host.endsWith(".internal"));
    BiPredicate<String, String> always = (a, b) -> true;
    list.removeIf(row -> true);
  }
}
