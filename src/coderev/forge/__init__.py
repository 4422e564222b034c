"""Code hosts: webhooks in, comments out; one module per host in `hosts/`, one Protocol (`host.py`) for all.

Whatever a webhook says is a hint: state, author and permissions are read again from the host before anybody acts.
`open_change` reads a webhook, `fetching` gets both sides of a merge request, `publish` says what was found, once.
`commands` are what people say to us, `answers` what we say back.
"""

from coderev.forge import answers, commands, errors, fetching, publishing, values
from coderev.forge.host import Forge
from coderev.forge.opening import open_change, open_forges
from coderev.forge.publishing import publish

__all__ = [
    "Forge",
    "answers",
    "commands",
    "errors",
    "fetching",
    "open_change",
    "open_forges",
    "publish",
    "publishing",
    "values",
]
