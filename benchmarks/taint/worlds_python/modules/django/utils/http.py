"""A stand-in of `django.utils.http`."""

from urllib.parse import quote, urlencode, urlsplit

__all__ = ["urlencode"]


def urlquote(text: str) -> str:
    """Percent-encoded."""
    return quote(text)


def url_has_allowed_host_and_scheme(url: str | None, allowed_hosts: object, require_https: bool = False) -> bool:  # noqa: FBT001, FBT002 - as in Django
    """Whether an address stays with the hosts that are allowed."""
    hosts = {allowed_hosts} if isinstance(allowed_hosts, str) else set(allowed_hosts or ())  # type: ignore[call-overload]
    url = (url or "").strip().replace("\\", "/")
    if not url or url.startswith("///") or any(ord(letter) < 32 for letter in url[:1]):
        return False
    parts = urlsplit(url)
    if not parts.netloc and parts.scheme:
        return False
    scheme = parts.scheme or ("http" if parts.netloc else "")
    return (not parts.netloc or parts.netloc in hosts) and (
        not scheme or scheme in (("https",) if require_https else ("http", "https"))
    )
