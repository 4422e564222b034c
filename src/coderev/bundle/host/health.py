"""Health checks by id, and the site's own last step: what must be well before and after a generation becomes live.

Clauses 7.5, 7.10 and 7.13 of spec/bundle.md. `files`, `config` and `review` run on the staged generation, before
anything is exchanged; the last step and `http` after it. A check that could not run has failed.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from coderev.egress import Egress
from coderev.errors import CoderevError, Unavailable
from coderev.files import monotonic, scratch_folder
from coderev.process import Completed, run
from coderev.settings import Settings, environment

PROGRAM = "bin/coderev"  # in a generation
EXAMPLES = "examples"  # a folder of a generation; `review` takes the first `.patch` in it
PROCESS_SECONDS = 120.0
STEP_SECONDS = 1800.0  # a cluster takes its time
HTTP_SECONDS = 60.0  # within which the address must answer well
PAUSE_SECONDS = 1.0
MAX_TOLD = 300  # characters of a program's complaint
_WELL = range(200, 300)
_REVIEWED = (0, 1, 4)  # exit statuses with a result: nothing found, something found, incomplete


class HealthFailed(Unavailable):
    """A generation is not well, so it is not live."""

    message = "the check {check} failed: {reason}; {state}"
    hint = "{hint_}"


class NotWell(Exception):
    """Why one check failed; the caller says what became of the generation."""

    def __init__(self, check: str, reason: str) -> None:
        super().__init__(reason)
        self.check, self.reason = check, reason


class _Reviewed(msgspec.Struct):
    verdict: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """The checks of one generation, in its folder, by the ids of its manifest."""

    folder: Path
    ids: Sequence[str]
    settings: Settings
    configuration: Path | None = None  # the folder that was named for this run
    http_seconds: float = HTTP_SECONDS

    def before(self) -> None:
        """`config` and `review`, on a generation whose `files` are right. Raises NotWell."""
        if "config" in self.ids:
            self._config()
        if "review" in self.ids:
            self._review()

    def after(self, current: Path) -> None:
        """The last step, then `http`. Raises NotWell."""
        last_step(self.settings.bundle.last_step, current)
        if "http" in self.ids:
            _http(self.settings, self.http_seconds)

    def _config(self) -> None:
        """The staged program loads the site's configuration, and reviews an empty change with it."""
        own = self.configuration or environment("CODEREV_CONFIG")
        done = self._program("config", b"", {"CODEREV_CONFIG": str(own)} if own else {})
        if done.status not in _REVIEWED:
            raise NotWell("config", told(done))

    def _review(self) -> None:
        """The staged program reviews its own example, and says a verdict."""
        examples = sorted((self.folder / EXAMPLES).glob("*.patch"))
        if not examples:
            raise NotWell("review", f"the bundle has no {EXAMPLES}/*.patch")
        done = self._program("review", examples[0].read_bytes(), {})
        if done.status not in _REVIEWED:
            raise NotWell("review", told(done))
        try:
            msgspec.json.decode(done.stdout, type=_Reviewed)
        except msgspec.MsgspecError as error:
            raise NotWell("review", f"it printed no result: {error}") from error

    def _program(self, check: str, patch: bytes, env: dict[str, str]) -> Completed:
        program = self.folder / PROGRAM
        if not program.is_file():
            raise NotWell(check, f"the bundle has no {PROGRAM}")
        with scratch_folder() as home:
            own = {"HOME": str(home), "XDG_CACHE_HOME": str(home), "XDG_DATA_HOME": str(home), **env}
            argv = [str(program), "review", "--patch", "-", "--format", "json"]
            try:
                return run(argv, stdin=patch, folder=home, env=own, seconds=PROCESS_SECONDS)
            except (CoderevError, OSError) as error:
                raise NotWell(check, str(error)) from error


def last_step(argv: Sequence[str], current: Path) -> None:
    """The site's own last step, with `{current}` in its arguments as the folder that is live. Raises NotWell."""
    if not argv:
        return
    words = [word.replace("{current}", str(current)) for word in argv]
    try:
        done = run(words, folder=current if current.is_dir() else None, seconds=STEP_SECONDS)
    except (CoderevError, OSError) as error:
        raise NotWell("last_step", str(error)) from error
    if done.status != 0:
        raise NotWell("last_step", told(done))


def _http(settings: Settings, seconds: float) -> None:
    url = settings.bundle.health_url
    if url is None:
        raise NotWell("http", "no bundle.health_url is set in coderev.yaml")
    reason = asyncio.run(_answer(url, settings, seconds))
    if reason is not None:
        raise NotWell("http", f"{url}: {reason}")


async def _answer(url: str, settings: Settings, seconds: float) -> str | None:
    """Ask until the address answers well, for it may have to start first; why it did not."""
    import aiohttp

    ends, reason = monotonic() + seconds, "no answer"
    try:
        async with Egress(settings).client() as client:
            while (left := ends - monotonic()) > 0:
                try:
                    limit = aiohttp.ClientTimeout(total=left)
                    async with client.get(url, allow_redirects=False, timeout=limit) as answer:
                        if answer.status in _WELL:
                            return None
                        reason = f"it answers with status {answer.status}"
                except (aiohttp.ClientError, TimeoutError, OSError) as error:
                    reason = str(error) or "no answer"
                await asyncio.sleep(min(PAUSE_SECONDS, max(0.0, ends - monotonic())))
    except CoderevError as error:  # it is not permitted: asking again would change nothing
        return str(error)
    return f"{reason}, for {seconds:g} s"


def told(done: Completed) -> str:
    """What a program left, and the end of its complaint."""
    complaint = " ".join((done.stderr or done.stdout).decode(errors="replace").split())[-MAX_TOLD:]
    return f"it left with status {done.status}" + (f": {complaint}" if complaint else "")
