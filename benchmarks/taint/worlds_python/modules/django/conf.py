"""A stand-in of `django.conf`."""

from typing import Any

from permissive import Permissive


class _Settings(Permissive):
    MEDIA_ROOT = "/srv/media"
    STATIC_ROOT = "/srv/static"
    BASE_DIR = "/srv/app"
    SECRET_KEY = "k"
    DEBUG = False
    ALLOWED_HOSTS = ("example.org",)

    def configure(self, **named: Any) -> None:
        self.__dict__.update(named)


settings = _Settings()
