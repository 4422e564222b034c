"""The models of a site: which one a question goes to, within which limits, and what it answered.

`open_gateway` reads the registry and the policies; `Gateway.ask` redacts, routes, and goes down the cascade.
"""

from coderev.gateway.answer import Answer
from coderev.gateway.check import Checkup, check_models
from coderev.gateway.gateway import Gateway, open_gateway
from coderev.gateway.opening import OpenSite, open_site
from coderev.gateway.prompt import Message
from coderev.gateway.question import Question, Task

__all__ = [
    "Answer",
    "Checkup",
    "Gateway",
    "Message",
    "OpenSite",
    "Question",
    "Task",
    "check_models",
    "open_gateway",
    "open_site",
]
