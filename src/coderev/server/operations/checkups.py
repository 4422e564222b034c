"""What the models' endpoints say, asked at most every few seconds however many want to know."""

import asyncio

from coderev.errors import CoderevError
from coderev.files import monotonic
from coderev.gateway import Checkup, check_models
from coderev.settings import Configuration

KEEP_SECONDS = 15.0
PATIENCE = 10.0  # seconds for all models together


class Checkups:
    """Remembers the last checkup of the models of a site."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._last: Checkup | None = None
        self._until = 0.0
        self._lock = asyncio.Lock()

    async def checkup(self) -> Checkup | None:
        """Every model of the registry with what its endpoint says; None where none is configured.

        Raises as `check_models` does, and TimeoutError.
        """
        async with self._lock:
            if monotonic() >= self._until:
                async with asyncio.timeout(PATIENCE):
                    self._last = await check_models(self._configuration)
                self._until = monotonic() + KEEP_SECONDS
            return self._last

    async def state(self) -> str:
        """In a word: `answers`, `static only`, `fails`."""
        try:
            checkup = await self.checkup()
        except (CoderevError, TimeoutError):
            return "fails"
        if checkup is None:
            return "static only"
        return "answers" if any(check.status == "answers" for check in checkup.models) else "fails"
