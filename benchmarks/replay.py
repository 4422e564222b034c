"""Replay: three histories made from releases, reviewed again after every push: what memory answers, and how rightly.

The scripted model answers with a digest of what its prompt says apart from layout (`mapped`), so an answer that was
served where the model would have said something else shows. Each push is reviewed with recall and without; where the
two results differ, a remembered answer was wrong.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Literal

from stand_ins.model_server import ModelServer, Request, answer

from benchmarks.corpus import commit, git
from benchmarks.mapped import local_names, mapped, module, parts
from benchmarks.mapped import rows as rows_of
from benchmarks.measure import Row
from benchmarks.pushes import Push, Reformat, Tree, ecmascript_anew, npm_release, pushes, python_anew, python_release
from benchmarks.site import configure
from benchmarks.variants.sources import Missing
from coderev.finding import Result
from coderev.gateway import open_gateway
from coderev.git import Range, change_between, open_repository
from coderev.review import Order, review
from coderev.settings import Configuration, load

SETTINGS = "recall: {patience_ms: 10000}\n"  # what is measured is not how busy this machine is
NOTHING = {"scratch": "", "findings": []}


@dataclass(frozen=True)
class History:
    """A package whose releases are replayed; `release` fetches one."""

    name: str
    versions: Sequence[str]
    release: Callable[[str], Tree]
    comment: str
    reformat: Reformat


HISTORIES = (
    History(
        "click (Python)",
        ("8.1.0", "8.1.1", "8.1.2", "8.1.3"),
        partial(python_release, "click"),
        "#",
        python_anew,
    ),
    History(
        "packaging (Python)",
        ("20.7", "20.8", "20.9", "21.0"),
        partial(python_release, "packaging"),
        "#",
        python_anew,
    ),
    History(
        "commander (JavaScript)",
        ("10.0.0", "11.0.0", "11.1.0", "12.0.0"),
        lambda version: npm_release("commander", version, "lib", ".js"),
        "//",
        ecmascript_anew,
    ),
)


@dataclass
class Figures:
    """What became of the questions about units, over all pushes of a history."""

    pushes: int = 0
    asked: int = 0
    exact: int = 0
    structure: int = 0
    wrong: int = 0  # findings that a fresh answer does not have

    @property
    def recalled(self) -> int:
        return self.exact + self.structure


def rows() -> Iterator[Row]:
    for history in HISTORIES:
        try:
            releases = [history.release(version) for version in history.versions]
        except Missing as missing:
            yield Row(f"replay of {history.name}", "–", "all equal", f"not run: {missing}", met=False)
            continue
        figures = _replayed(history, releases)
        equal = figures.recalled - figures.wrong
        yield Row(
            what=f"replay of {history.name}: {len(releases)} releases, {figures.pushes} pushes, questions about units",
            peer="a cache of prompts: exact alone",
            goal="all remembered answers equal a fresh one",
            ours=f"{figures.recalled / figures.asked:.0%} of {figures.asked:,} from memory "
            f"({figures.exact / figures.asked:.0%} exact); {equal:,} of {figures.recalled:,} equal",
            met=equal == figures.recalled > 0,
        )


def _replayed(history: History, releases: Sequence[Tree]) -> Figures:
    figures = Figures()
    with _scratch() as folder, _server() as port:
        configuration = load(configure(folder, port, SETTINGS))
        repository = folder / "repository"
        repository.mkdir()
        git(repository, "init", "--quiet", "--initial-branch", "main")
        for push in pushes(releases, history.comment, history.reformat):
            _write(repository, push)
            asyncio.run(_review(configuration, repository, figures))
    return figures


@contextmanager
def _server() -> Iterator[int]:
    """Start the scripted model in a process of its own; its port."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    argv = [sys.executable, "-m", "benchmarks.replay"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.kill()


@contextmanager
def _scratch() -> Iterator[Path]:
    """A folder, in which what is remembered lies too."""
    before = {name: os.environ.get(name) for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME")}
    with tempfile.TemporaryDirectory() as name:
        os.environ.update({variable: f"{name}/{variable.lower()}" for variable in before})
        try:
            (Path(name) / "site").mkdir()
            yield Path(name) / "site"
        finally:
            for variable, value in before.items():
                os.environ.pop(variable)
                os.environ.update({} if value is None else {variable: value})


def _write(repository: Path, push: Push) -> None:
    """Commit a push on top of its base, which is tagged."""
    for number, tree in enumerate((push.base, push.head)):
        git(repository, "rm", "-r", "--quiet", "--force", "--ignore-unmatch", ".")
        for path, content in tree.items():
            (repository / path).parent.mkdir(parents=True, exist_ok=True)
            (repository / path).write_bytes(content)
        commit(repository, "a push")
        if number == 0:
            git(repository, "tag", "--force", "base")


async def _review(configuration: Configuration, folder: Path, figures: Figures) -> None:
    results = []
    uses: tuple[Literal["use", "off"], ...] = ("use", "off")
    for recall in uses:
        with open_repository(folder, configuration.settings.limits) as opened:
            change = change_between(opened, Range("base..HEAD"))
            async with open_gateway(configuration, recall=recall) as gateway:
                assert gateway is not None
                order = Order(repository=folder.name)
                results.append(await review(change, opened, configuration.settings, order, gateway=gateway))
                served = gateway.recall.served if gateway.recall else []
        sources = Counter(each.source for each in served if each.task == "code-review")
        figures.asked += sources.total()
        figures.exact += sources["exact"]
        figures.structure += sources["structure"]
    figures.pushes += 1
    remembered, fresh = map(_said, results)
    for finding in remembered - fresh:
        print(f"served: {finding}", file=sys.stderr)
    for finding in fresh - remembered:
        print(f"fresh:  {finding}", file=sys.stderr)
    figures.wrong += (remembered - fresh).total()


def _said(result: Result) -> "Counter[tuple[object, ...]]":
    """What models found, with the digests, and where."""
    assert result.coverage.models.dropped == 0
    assert result.coverage.models.questions == result.coverage.models.answered
    return Counter(
        (found.path, found.start_line, found.end_line, found.evidence, found.title, found.message, found.doubted)
        for found in result.findings
        if found.source.kind == "model"
    )


def _answer(request: Request) -> str:
    """The scripted model: one claim about a unit, at its first line; and about a claim, now this and now that."""
    system, prompt = (message["content"] for message in request.json["messages"])
    if "the change as a whole" in prompt:
        return json.dumps(NOTHING)
    digest = blake2b(mapped((system, prompt)).encode(), digest_size=16).hexdigest()
    name, unit = next((name, text) for name, text in parts(prompt).items() if name.startswith("unit "))
    shown = [row for row in rows_of(unit) if row.mark != "-"]
    first = next((row for row in shown if any(map(str.isalnum, row.code))), None)
    if first is None:  # nothing but comments changed
        return json.dumps(NOTHING)
    if "Try to refute" in prompt:
        verdict = "refuted" if int(digest, 16) % 2 else "stands"
        return json.dumps({"scratch": digest, "verdict": verdict, "proof": first.code.strip()})
    claim = {
        "start_line": first.number,
        "quote": first.code.strip(),
        "trigger": f"when `{_local([row.code for row in shown], name)}` is odd",
        "consequence": "wrong-result: it is not even",
        "category": "bug",
        "title": digest,
        "fix": None,
    }
    return json.dumps({"scratch": "", "findings": [claim]})


def _local(lines: Sequence[str], name: str) -> str:
    """The first local variable of a Python unit, as it is spelled."""
    text = "\n".join(lines)
    try:
        names = local_names(module(text)) if name.endswith(".py") else set()
    except (SyntaxError, ValueError):
        names = set()
    return min(names, key=text.find, default="it")


def main() -> None:
    """Be the scripted model until standard input ends; its port is printed."""
    with ModelServer(answer(_answer)) as server:
        print(server.port, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
