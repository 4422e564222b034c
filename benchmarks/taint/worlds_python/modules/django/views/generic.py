"""A stand-in of `django.views.generic`."""

from typing import Any

from django.shortcuts import render
from django.views import View

__all__ = ["View"]


class TemplateView(View):
    """A page of a template."""

    template_name = "page.html"

    def get_context_data(self, **named: Any) -> dict[str, Any]:
        """What the template is filled in with."""
        return named

    def get(self, request: Any, *_args: Any, **given: Any) -> Any:
        """The page."""
        return render(request, self.template_name, self.get_context_data(**given))


class RedirectView(View):
    """Send the client elsewhere."""

    url: str | None = None

    def get_redirect_url(self, *_args: Any, **_given: Any) -> Any:
        """Where to."""
        return self.url

    def get(self, _request: Any, *args: Any, **given: Any) -> Any:
        """Send."""
        from django.http import HttpResponseRedirect

        return HttpResponseRedirect(self.get_redirect_url(*args, **given))
