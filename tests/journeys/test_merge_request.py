"""A merge request, from the push to the silence: real git, the real service and its own PostgreSQL, a paper forge."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from stand_ins.paper_forge import PaperForge, PaperRequest
from stand_ins.paper_gitlab import PaperGitLab
from stand_ins.paper_hosts import PAPER
from stand_ins.repository import PaperRepository
from stand_ins.running_service import RunningService
from stand_ins.screens import command_folder, run_page, shows

APP = "from flask import Flask, request\n\napp = Flask(__name__)\n\n\n@app.route('/')\ndef home():\n    return 'well'\n"
VISITS = """

@app.route("/visits")
def visits():
    import sqlite3

    wanted = request.args["patient"]
    return str(sqlite3.connect("clinic.db").execute("SELECT * FROM visit WHERE patient = '" + wanted + "'").fetchall())
"""
FIXED = VISITS.replace(
    """"SELECT * FROM visit WHERE patient = '" + wanted + "'\"""", '"SELECT * FROM visit WHERE patient = ?", [wanted]'
)
LISTING = """

def listing(name):
    import subprocess

    return subprocess.run("ls " + name, shell=True, check=True)
"""
PAGE = Path(__file__).parents[2] / "docs" / "tutorial" / "first-merge-request.md"
FAILED = {"gitlab": "failed", "github": "failure", "gitea": "failure"}  # how a forge calls it


@pytest.fixture(params=["gitlab", "github", "gitea"])
def forge(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PaperForge]:
    with PAPER[request.param](tmp_path / "forge") as forge:
        forge.project("team/clinic", {"app.py": APP})
        forge.member("team/clinic", "ada", "write")
        forge.member("team/clinic", "grace", "maintain")
        yield forge


@pytest.fixture
def service(forge: PaperForge, tmp_path: Path) -> Iterator[RunningService]:
    token = forge.token("coderev", "team/clinic", level=forge.account_level)
    with RunningService(tmp_path / "site", forge, token) as service:
        yield service


def verdict(forge: PaperForge, asked: PaperRequest) -> str:
    """How the newest commit stands, once it is decided."""
    status = forge.status(asked.head)
    return status.state if status and status.state not in {"pending", "running"} else ""


def test_push_comments_fix_resolved_dismissal_silence(forge: PaperForge, service: RunningService) -> None:
    asked = forge.open_merge_request("team/clinic", "visits", {"app.py": APP + VISITS}, author="ada")
    first = service.until(lambda: verdict(forge, asked))
    said = [note for note in asked.notes if note.author.login == "coderev"]
    inline, (summary,) = [note for note in said if note.position], [note for note in said if not note.position]

    forge.push("team/clinic", "visits", {"app.py": APP + FIXED})
    second = service.until(lambda: verdict(forge, asked))
    resolved = [note.resolved for note in inline]

    forge.push("team/clinic", "visits", {"app.py": APP + FIXED + LISTING})
    third = service.until(lambda: verdict(forge, asked))
    newest = [note for note in asked.notes if note.author.login == "coderev" and note.position][-1]
    forge.comment_as("ada", asked, "@coderev dismiss false-positive", reply_to=newest)
    refusal = service.until(lambda: next((each for each in asked.said("coderev") if "Not done" in each), ""))
    forge.comment_as("grace", asked, "@coderev dismiss accepted-risk for 30 days the names are ours", reply_to=newest)
    service.until(lambda: any("Dismissed as accepted-risk" in each for each in asked.said("coderev")))
    fourth = service.until(lambda: verdict(forge, asked) == "success")
    before = len(asked.notes)

    forge.push("team/clinic", "visits", {"README.md": "Nothing else.\n"})
    fifth = service.until(lambda: verdict(forge, asked))
    forge.redeliver(forge.deliveries[0])
    forge.redeliver(forge.deliveries[-1])
    forge.settle()

    assert (first, third) == (FAILED[forge.kind], FAILED[forge.kind])
    assert (second, fourth, fifth) == ("success", True, "success")
    assert "visit" in inline[0].body
    assert all(resolved)
    assert "author" in refusal
    assert "accepted-risk" in summary.body
    assert "grace" in summary.body
    assert len(asked.notes) == before
    assert service.stop() == 0


class Reader:
    """Does what `docs/tutorial/first-merge-request.md` says is done or seen on GitLab's pages."""

    def __init__(self, forge: PaperForge, service: RunningService) -> None:
        self.forge, self.service = forge, service
        self.count = 0

    @property
    def asked(self) -> PaperRequest:
        return self.forge.requests_of["team/clinic"][1]

    @property
    def comments(self) -> list[str]:
        """What we said at lines and in answers, without the marker that nobody sees."""
        return [body.partition("\n")[2] for body in self.asked.said("coderev")]

    def serve(self, text: str) -> None:
        self.service.start()
        assert shows(text, "\n".join(self.service.lines))

    def webhook(self, _: str) -> None:
        """The service made it known when it started."""

    def open(self, text: str) -> None:
        self.forge.open_merge_request("team/clinic", "visits", {}, author="ada")
        self.await_verdict("failed")
        self.says(text)

    def fixed(self, _: str) -> None:
        self.await_verdict("success")
        assert [note.resolved for note in self.asked.notes if note.position] == [True]

    def refused(self, text: str) -> None:
        self.await_verdict("failed")
        self.reply("ada", "@coderev dismiss false-positive")
        self.says(text)

    def dismissed(self, text: str) -> None:
        self.reply("grace", "@coderev dismiss accepted-risk for 30 days the names are ours")
        self.says(text)
        self.await_verdict("success")
        self.count = len(self.asked.notes)

    def silent(self, _: str) -> None:
        self.await_verdict("success")
        assert len(self.asked.notes) == self.count

    def reply(self, login: str, body: str) -> None:
        last = [note for note in self.asked.notes if note.position][-1]
        self.forge.comment_as(login, self.asked, body, reply_to=last)

    def says(self, text: str) -> None:
        self.service.until(lambda: any(shows(text, each) for each in self.comments))

    def await_verdict(self, wanted: str) -> None:
        self.service.until(lambda: verdict(self.forge, self.asked) == wanted)


def test_the_tutorial_is_as_it_says(tmp_path: Path) -> None:
    with PaperGitLab(tmp_path / "forge") as forge:
        forge.project("team/clinic", {"app.py": APP})
        forge.member("team/clinic", "grace", "maintain")
        own = forge.token("coderev", "team/clinic", level="maintain")
        service = RunningService(tmp_path / "site", forge, own)
        (tmp_path / "site" / "visits.py").write_text(VISITS)
        (tmp_path / "site" / "listing.py").write_text(LISTING)
        env = service.environment | PaperRepository(tmp_path / "ada").environment()
        env["PATH"] = f"{command_folder(tmp_path / 'bin')}{os.pathsep}{env['PATH']}"
        env["CLINIC"] = f"{forge.url}/team/clinic.git".replace("://", f"://ada:{forge.token('ada', 'team/clinic')}@")
        reader = Reader(forge, service)
        names = ("serve", "webhook", "open", "fixed", "refused", "dismissed", "silent")

        try:
            ran = run_page(PAGE, tmp_path / "site", env, {name: getattr(reader, name) for name in names})
        finally:
            service.close()

    assert len(ran) > 15
