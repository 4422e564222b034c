"""Bad days of the service as an operator has it: killed, stopped, told anew, started twice, mid-review."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from stand_ins.model_server import ModelServer, answer, late
from stand_ins.paper_forge import PaperRequest
from stand_ins.paper_gitlab import PaperGitLab
from stand_ins.running_service import RunningService
from stand_ins.site import write_site

APP = "from flask import Flask\n\napp = Flask(__name__)\n"
LISTING = """

def listing(name):
    import subprocess

    return subprocess.run("ls " + name, shell=True, check=True)
"""
NOTHING = '{"findings": []}'


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[PaperGitLab]:
    with PaperGitLab(tmp_path / "forge") as forge:
        forge.project("team/clinic", {"app.py": APP})
        forge.member("team/clinic", "ada", "write")
        yield forge


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with ModelServer([late(NOTHING, 60), answer(NOTHING)]) as model:
        yield model


@pytest.fixture
def service(forge: PaperGitLab, model: ModelServer, tmp_path: Path) -> Iterator[RunningService]:
    with reviewing(forge, model, tmp_path / "site") as service:
        yield service


def reviewing(forge: PaperGitLab, model: ModelServer, folder: Path, arguments: str = "") -> RunningService:
    """A service that asks the model, whose first answer takes a minute."""
    token = forge.token("coderev", "team/clinic", level="maintain")
    service = RunningService(folder, forge, token, arguments=arguments)
    path = folder / "config" / "coderev.yaml"
    kept = path.read_text(encoding="utf-8")
    write_site(folder / "config", [model.endpoint], timeout_ms=120_000)
    path.write_text(kept, encoding="utf-8")
    return service


def verdict(forge: PaperGitLab, asked: PaperRequest) -> str:
    status = forge.status(asked.head)
    return status.state if status and status.state not in {"pending", "running"} else ""


def said(asked: PaperRequest) -> tuple[int, int]:
    """How many comments stand at lines, and how many on the whole."""
    ours = [bool(note.position) for note in asked.notes if note.author.login == "coderev"]
    return ours.count(True), ours.count(False)


class OwnDatabase:
    """The service's own PostgreSQL, seen from outside."""

    def __init__(self, service: RunningService) -> None:
        self._folder = service.database

    @property
    def server(self) -> int:
        """The process of the server."""
        return int((self._folder / "cluster" / "postmaster.pid").read_text().split("\n", 1)[0])

    def ask(self, statement: str) -> list[tuple[object, ...]]:
        with psycopg.connect(
            host=str(self._folder / "socket"), dbname="coderev", user="coderev", autocommit=True
        ) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def bury(self) -> None:
        """Let the half minute pass after which a silent worker is dead."""
        self.ask("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'")


def test_killed_with_its_database_before_the_first_comment_it_says_all_of_it_once(
    forge: PaperGitLab, model: ModelServer, service: RunningService
) -> None:
    database = OwnDatabase(service)
    asked = forge.open_merge_request("team/clinic", "topic", {"app.py": APP + LISTING}, author="ada")
    service.until(lambda: model.questions)
    server = database.server

    service.stop(signal.SIGKILL)
    os.kill(server, signal.SIGKILL)
    service.start()
    database.bury()
    service.until(lambda: verdict(forge, asked) == "failed")

    assert said(asked) == (1, 1)
    assert database.ask("SELECT state, attempts FROM review") == [("done", 2)]
    assert service.stop() == 0


def test_killed_between_two_comments_it_says_the_other_and_the_first_no_second_time(
    forge: PaperGitLab, model: ModelServer, service: RunningService
) -> None:
    model.script = answer(NOTHING)
    database = OwnDatabase(service)
    forge.slow(60, where="/notes")
    asked = forge.open_merge_request("team/clinic", "topic", {"app.py": APP + LISTING}, author="ada")
    service.until(lambda: said(asked) == (1, 0))

    service.stop(signal.SIGKILL)
    forge.recover()
    service.start()
    database.bury()
    service.until(lambda: verdict(forge, asked) == "failed")

    assert said(asked) == (1, 1)
    assert database.ask("SELECT state, attempts FROM review") == [("done", 1)]


def test_a_worker_that_is_killed_beside_others_leaves_them_its_review(
    forge: PaperGitLab, model: ModelServer, tmp_path: Path
) -> None:
    with reviewing(forge, model, tmp_path / "site", "--no-worker") as service:
        database = OwnDatabase(service)
        asked = forge.open_merge_request("team/clinic", "topic", {"app.py": APP + LISTING}, author="ada")
        victim = service.worker()
        try:
            service.until(lambda: model.questions)
            other = service.worker()
        finally:
            victim.kill()
            victim.wait()
        try:
            database.bury()
            service.until(lambda: verdict(forge, asked) == "failed")
        finally:
            other.terminate()
            status = other.wait(60)
        attempts = database.ask("SELECT state, attempts FROM review")

    assert attempts == [("done", 2)]
    assert said(asked) == (1, 1)
    assert status == 0


def test_stopped_in_order_it_ends_its_review_first(
    forge: PaperGitLab, model: ModelServer, service: RunningService
) -> None:
    model.script = [late(NOTHING, 3), answer(NOTHING)]
    asked = forge.open_merge_request("team/clinic", "topic", {"app.py": APP + LISTING}, author="ada")
    service.until(lambda: model.questions)

    status = service.stop()

    assert (status, verdict(forge, asked), said(asked)) == (0, "failed", (1, 1))
    assert not any("Traceback" in line for line in service.lines)


def test_a_second_service_at_the_same_address_is_refused_and_disturbs_nothing(
    forge: PaperGitLab, service: RunningService
) -> None:
    second = service.run("serve", "--config", service.folder / "config")
    asked = forge.open_merge_request("team/clinic", "topic", {"app.py": APP}, author="ada")
    forge.settle()

    assert second.returncode == 2
    assert "cannot listen on" in second.stderr
    assert "Traceback" not in second.stderr
    assert forge.deliveries[-1].answers == [202], asked


def test_a_configuration_that_cannot_be_opened_leaves_the_old_one_in_force(
    forge: PaperGitLab, model: ModelServer, service: RunningService
) -> None:
    path = service.folder / "config" / "coderev.yaml"
    text = path.read_text()
    model.script = answer(NOTHING)

    path.write_text(text.replace("gitlab.token", "gitlab.nothing"))
    service.process.send_signal(signal.SIGHUP)
    service.until(lambda: any(each.get("what") == "the new configuration cannot be used" for each in service.log))
    service.until(lambda: sum(line.startswith("coderev serves") for line in service.lines) == 2)
    asked = forge.open_merge_request("team/clinic", "topic", {"app.py": APP + LISTING}, author="ada")
    service.until(lambda: verdict(forge, asked) == "failed")

    assert said(asked) == (1, 1)
    assert service.stop() == 0
