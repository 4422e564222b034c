class Login {
  void after(HttpServletRequest request, HttpServletResponse response) throws IOException {
    response.sendRedirect(PAGES.getOrDefault(request.getParameter("next"), "/"));
    response.sendRedirect("/home");
    response.sendRedirect(request.getContextPath());
    response.sendRedirect("/visits?id=" + request.getParameter("id"));
  }
}
