"""Who looks at a change, who does not and why, and on which files they failed."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

import msgspec

from coderev.analysis.all_analysers import ANALYSERS
from coderev.analysis.examine import Examined, made
from coderev.analysis.intake import is_loose
from coderev.diff import Change
from coderev.errors import Unavailable
from coderev.finding import AnalyserCoverage, FileCoverage

JUDGED_BY_LINES = frozenset({"characters", "secrets"})  # these need no whole file


class Crew(msgspec.Struct, frozen=True, kw_only=True):
    """The analysers that look, by name, with their versions; and what coverage says of the others."""

    able: dict[str, str]
    unable: dict[str, AnalyserCoverage]
    seconds: int  # that a program may take


def muster(change: Change, without: Collection[str], seconds: int) -> Crew:
    """Make every analyser that can look at this change."""
    able: dict[str, str] = {}
    unable: dict[str, AnalyserCoverage] = {}
    loose = any(is_loose(file) for file in change.files if file.unread is None)
    for name in ANALYSERS:
        if name in without:
            unable[name] = AnalyserCoverage(name=name, version="", status="not-run", reason="switched off")
        elif loose and name not in JUDGED_BY_LINES:
            unable[name] = AnalyserCoverage(name=name, version="", status="not-run", reason="no file")
        else:
            try:
                able[name] = made(name, seconds).version
            except Unavailable as error:
                unable[name] = AnalyserCoverage(name=name, version="", status="failed", reason=str(error))
    return Crew(able=able, unable=unable, seconds=seconds)


def covered(change: Change, crew: Crew, examined: Sequence[Examined]) -> Iterator[AnalyserCoverage]:
    """A line of coverage for each analyser of single files, with the files at head that it failed on."""
    failures: defaultdict[str, list[FileCoverage]] = defaultdict(list)
    for each in examined:
        path = change.files[each.number].path
        for analyser, reason in each.head.failures:
            failures[analyser].append(FileCoverage(path=path, status="failed", reason=reason))
    for name in ANALYSERS:
        yield crew.unable.get(name) or AnalyserCoverage(
            name=name, version=crew.able[name], status="ran", failed=tuple(failures[name])
        )
