class Login {
  void after(HttpServletRequest request, HttpServletResponse response) throws IOException {
    response.sendRedirect(request.getParameter("next")); // expect
    resp.sendRedirect(req.getHeader("Referer")); // expect
    response.sendRedirect(servletRequest.getParameter(NEXT)); // expect
  }
}
