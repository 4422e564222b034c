"""`pg_dump` and `pg_restore`: which ones are used, and how they are told where the database is.

They connect by themselves, so they are handed what libpq is handed (spec/egress.md, clause 7): addresses that `egress`
permitted, no name to look up, and nothing of the environment or the home folder. The password stands in a file of mode
0600 that is gone afterwards, not in their arguments.
"""

import asyncio
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from psycopg.conninfo import make_conninfo

from coderev.errors import Unavailable
from coderev.files import scratch_folder
from coderev.process import ProgramMissing, run
from coderev.store.connecting import NO_FILE, NO_LIMITS, OwnPlace, Place, manner
from coderev.store.embedded import NoDatabase, programs

SECONDS = 24 * 3_600.0  # of one dump or restore
VERSION_SECONDS = 30.0
ENVIRONMENT = {"PGSERVICEFILE": NO_FILE, "PGSYSCONFDIR": NO_FILE, "HOME": "/"}
_VERSION = re.compile(rb"\(PostgreSQL\) (\d+)")


class ToolMissing(Unavailable):
    """There is no program that can write or read a dump of this server."""

    message = "{program} of PostgreSQL {major} or later is needed, and there is {found}"
    hint = "install the client programs of PostgreSQL {major} on this host, such as `postgresql-client-{major}`"


class ToolFailed(Unavailable):
    """The program that dumps or restores did not end well."""

    message = "{program} failed: {reason}"
    hint = "{consequence}; see `coderev store check`"


async def use_tool(program: str, place: Place, major: int, arguments: Sequence[str], consequence: str) -> None:
    """Run a program on the database as the owner of its tables. Raises ToolMissing, ToolFailed.

    `consequence` says what holds when it fails.
    """
    facts = {**(await place.facts(owner=True)), **manner(NO_LIMITS)}
    path = _find(program, place, major, tls=facts.get("sslmode") == "verify-full")
    with scratch_folder() as scratch:
        place_of_it = _conninfo(facts, scratch)
        argv = [path, "--no-password", "--dbname", place_of_it, *arguments]
        done = await asyncio.to_thread(run, argv, env=ENVIRONMENT, folder=scratch, seconds=SECONDS)
    if done.status != 0:
        lines = done.stderr.decode("utf-8", errors="replace").strip().splitlines() or [f"status {done.status}"]
        told = [line for line in lines if "error:" in line or "FATAL" in line] or lines
        raise ToolFailed(program=program, reason=told[0][-300:], consequence=consequence)


def _conninfo(facts: dict[str, Any], scratch: Path) -> str:
    password = facts.pop("password", None)
    if password is not None:
        passfile = scratch / "pgpass"
        passfile.touch(mode=0o600)
        escaped = password.replace("\\", "\\\\").replace(":", "\\:")
        passfile.write_text(f"*:*:*:*:{escaped}\n", encoding="utf-8")
        facts["passfile"] = str(passfile)
    return make_conninfo("", **facts)


def _find(program: str, place: Place, major: int, *, tls: bool) -> str:
    """Our own for our own; for a site that of PATH, else our own, which knows no TLS."""
    if isinstance(place, OwnPlace):
        return place.own.programs.path(program)
    found = [(version, path) for version, path in _candidates(program, ours=not tls) if version >= major]
    if not found:
        seen = ", ".join(str(version) for version, _ in _candidates(program, ours=not tls))
        raise ToolMissing(program=program, major=major, found=f"that of {seen}" if seen else "none")
    return found[0][1]


def _candidates(program: str, *, ours: bool) -> Iterator[tuple[int, str]]:
    for path in (program, *_ours(program, wanted=ours)):
        try:
            told = run([path, "--version"], seconds=VERSION_SECONDS, max_output=1_000).stdout
        except ProgramMissing:
            continue
        if (version := _VERSION.search(told)) is not None:
            yield int(version[1]), path


def _ours(program: str, *, wanted: bool) -> Sequence[str]:
    try:
        return [programs(None).path(program)] if wanted else []
    except NoDatabase:
        return []
