"""A stand-in of `django.core.mail`."""

from typing import Any

from benchmarks.taint.worlds_python.world import world


def send_mail(subject: str, message: str, from_email: Any, recipient_list: Any, **_named: Any) -> int:
    """Record a mail. Raises ValueError where its subject has line ends, as Django does."""
    if "\n" in subject or "\r" in subject:
        raise ValueError(subject)
    world.record("mail", "django.core.mail.send_mail", f"Subject: {subject}\r\n\r\n{message}")
    return len([from_email, *recipient_list])
