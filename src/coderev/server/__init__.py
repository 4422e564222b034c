"""The service: webhooks and people come in, workers review, pages and an API show it, and each decision is recorded.

Begin with `serving.py`, which opens all and runs it; then `hooks.py` and `worker.py`, the two ends of the queue.
"""

from coderev.server.serving import Duties, print_invitation, run_service

__all__ = ["Duties", "print_invitation", "run_service"]
