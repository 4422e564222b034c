class Clients {
  static final TrustManager ALL = new X509TrustManager() {
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    public void checkServerTrusted(X509Certificate[] chain, String type) {} // expect

    public X509Certificate[] getAcceptedIssuers() { return null; }
  };

  static class Lax implements HostnameVerifier {
    @Override
    public boolean /* expect */ verify(String host, SSLSession session) {
      return true;
    }
  }

  void connect(HttpsURLConnection connection) {
    connection.setHostnameVerifier((host, session) -> true); // expect
    client.hostnameVerifier((h, s) -> { return true; }); // expect
    HostnameVerifier lax = (host, session) -> true; // expect
    builder.setSSLHostnameVerifier(NoopHostnameVerifier.INSTANCE); // expect
  }
}
