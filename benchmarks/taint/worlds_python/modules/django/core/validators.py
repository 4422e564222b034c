"""A stand-in of `django.core.validators`."""

import re
from typing import Any

from django.core.exceptions import ValidationError


class RegexValidator:
    """Raises where a text does not hold the pattern."""

    def __init__(self, regex: Any, *_args: Any, **_named: Any) -> None:
        self.regex = re.compile(regex)

    def __call__(self, value: Any) -> None:
        if not self.regex.search(str(value)):
            raise ValidationError(value)


validate_slug = RegexValidator(r"^[-a-zA-Z0-9_]+\Z")
validate_email = RegexValidator(r"^[\w.+-]+@[\w.-]+\Z")
