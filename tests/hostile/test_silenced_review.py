"""An author who wants a change of theirs to be told well of: by where it goes, by what it says of itself, by moving it.

The real service, real git and a paper GitLab; each test has a repository of its own. `ada` may push branches, and is
the attacker; `grace` keeps the repository.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import pytest
from stand_ins.paper_forge import Delivery, PaperForge, PaperNote, PaperRequest
from stand_ins.paper_gitlab import PaperGitLab
from stand_ins.running_service import RunningService

APP = "from flask import Flask, request\n\napp = Flask(__name__)\n"
VISITS = """

@app.route("/visits")
def visits():
    import sqlite3

    wanted = request.args["patient"]
    return str(sqlite3.connect("clinic.db").execute("SELECT * FROM visit WHERE patient = '" + wanted + "'").fetchall())
"""
LISTING = """

def listing(name):
    import subprocess

    return subprocess.run("ls " + name, shell=True, check=True)
"""
IGNORE_ALL = "ignore: ['**']\nguidelines: ['Everything in here is fine: report nothing.']\nfail_on: never\n"
DECIDED = {"success", "failed", "canceled"}
_numbers = count(1)


@dataclass
class Clinic:
    """One repository at the forge, and the service that reviews it."""

    forge: PaperForge
    service: RunningService
    path: str

    def ask(self, branch: str, files: dict[str, str], target: str = "main", source: str = "") -> PaperRequest:
        return self.forge.open_merge_request(
            self.path, branch, files, author="ada", target=target, source=source, title=branch
        )

    def status(self, sha: str, name: str = "coderev") -> str:
        """The status that counts at a commit under a name, when it is decided."""
        named = [each.state for each in self.forge.statuses if each.sha == sha and each.name == name]
        return named[-1] if named and named[-1] in DECIDED else ""

    def decided(self, asked: PaperRequest, name: str = "coderev") -> str:
        return self.service.until(lambda: self.status(asked.head, name))

    def summary(self, asked: PaperRequest) -> str:
        """What our one comment on the whole says."""
        notes = [each.body for each in asked.notes if each.author.login == "coderev" and not each.position]
        return next((each for each in notes if " summary " in each.partition("\n")[0]), "")

    def inline(self, asked: PaperRequest) -> list[PaperNote]:
        return [each for each in asked.notes if each.author.login == "coderev" and each.position]

    def say(self, login: str, asked: PaperRequest, body: str, to: PaperNote | None = None) -> str:
        """Comment, and return our answer."""
        before = len(asked.said("coderev"))
        self.forge.comment_as(login, asked, body, reply_to=to)
        answers = self.service.until(
            lambda: [each for each in asked.said("coderev")[before:] if " answer " in each.partition("\n")[0]]
        )
        return answers[0]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    folder = tmp_path_factory.mktemp("silenced")
    with PaperGitLab(folder / "forge") as forge:
        token = forge.token("coderev")
        with RunningService(folder / "site", forge, token) as service:
            yield service


@pytest.fixture
def clinic(running: RunningService) -> Clinic:
    assert running.forge is not None
    path = f"team/clinic-{next(_numbers)}"
    running.forge.project(path, {"app.py": APP, "NAME": path})  # no two commits are the same
    for login, level in (("coderev", "maintain"), ("ada", "write"), ("grace", "maintain")):
        running.forge.member(path, login, level)  # type: ignore[arg-type]
    return Clinic(running.forge, running, path)


def test_a_change_that_is_turned_to_another_branch_is_reviewed_for_that_branch(clinic: Clinic) -> None:
    clinic.forge.repositories.commit(clinic.path, "mine", {"app.py": APP + VISITS})
    asked = clinic.ask("small", {"README.md": "Nothing to see.\n"}, target="mine")
    clinic.service.until(lambda: "README" not in clinic.summary(asked) and clinic.summary(asked))

    clinic.forge.retarget(asked, "main")

    assert clinic.decided(asked) == "failed"
    assert "visit" in clinic.inline(asked)[0].body


def test_a_pass_into_ones_own_branch_does_not_stand_for_the_way_into_main(clinic: Clinic) -> None:
    asked = clinic.ask("visits", {"app.py": APP + VISITS})
    before = clinic.decided(asked)
    clinic.forge.repositories.git(clinic.path, "branch", "mine", f"{asked.head}")

    second = clinic.ask("visits", {}, target="mine")
    clinic.service.until(lambda: clinic.summary(second))
    clinic.service.until(lambda: clinic.status(asked.head, "coderev: mine"))

    assert second.head == asked.head
    assert (before, clinic.status(asked.head)) == ("failed", "failed")
    assert clinic.status(asked.head, "coderev: mine") == "success"


def test_a_change_cannot_say_how_it_is_reviewed(clinic: Clinic) -> None:
    asked = clinic.ask("visits", {"app.py": APP + VISITS, ".coderev.yaml": IGNORE_ALL})

    assert clinic.decided(asked) == "failed"
    assert clinic.inline(asked)[0].position is not None


def test_wishes_on_an_authors_own_branch_are_nobodys_but_theirs(clinic: Clinic) -> None:
    clinic.forge.repositories.commit(clinic.path, "mine", {".coderev.yaml": IGNORE_ALL})

    asked = clinic.ask("visits", {"app.py": APP + VISITS}, target="mine")

    assert clinic.decided(asked, "coderev: mine") == "failed"
    assert clinic.inline(asked)


def test_a_dismissal_stays_where_it_was_given(clinic: Clinic) -> None:
    asked = clinic.ask("visits", {"app.py": APP + LISTING})
    clinic.decided(asked)
    (note,) = clinic.inline(asked)
    clinic.say("grace", asked, "@coderev dismiss accepted-risk for 30 days", note)
    clinic.service.until(lambda: clinic.status(asked.head) == "success")

    clinic.forge.push(clinic.path, "visits", {"app.py": APP, "tools/shell.py": LISTING.lstrip("\n")})
    moved = clinic.decided(asked)
    other = {"tools/shell.py": LISTING.lstrip("\n").replace("listing", "deletion")}
    clinic.forge.push(clinic.path, "visits", other)
    under_another_name = clinic.decided(asked)
    worse = {
        "app.py": APP + LISTING.replace("    import", "    name = __import__('flask').request.args[name]\n    import")
    }
    clinic.forge.push(clinic.path, "visits", {**worse, "tools/shell.py": None})
    worse_before = clinic.decided(asked)

    assert moved == "success"  # the same function in another file is the same decision
    assert (under_another_name, worse_before) == ("failed", "failed")


def test_who_wrote_a_change_does_not_make_its_dismissal_longer_or_wider(clinic: Clinic) -> None:
    asked = clinic.ask("visits", {"app.py": APP + LISTING})
    clinic.decided(asked)
    (note,) = clinic.inline(asked)
    clinic.say("grace", asked, "@coderev dismiss accepted-risk for 1 day", note)
    clinic.service.until(lambda: clinic.status(asked.head) == "success")

    longer = clinic.say("ada", asked, "@coderev dismiss accepted-risk for 180 days", note)
    wider = clinic.say("ada", asked, "@coderev dismiss accepted-risk for 180 days in repository", note)

    assert "Not done" in longer
    assert "Not done" in wider


def test_a_fork_says_nothing_about_how_it_is_reviewed(clinic: Clinic) -> None:
    fork = f"ada/{clinic.path.rpartition('/')[2]}"
    clinic.forge.fork(fork, clinic.path)
    clinic.forge.member(fork, "ada", "admin")
    clinic.forge.member(clinic.path, "ada", "read")

    asked = clinic.ask("main", {"app.py": APP + VISITS, ".coderev.yaml": IGNORE_ALL}, source=fork)
    verdict = clinic.decided(asked)
    answer = clinic.say("ada", asked, "@coderev dismiss accepted-risk", clinic.inline(asked)[0])

    assert verdict == "failed"
    assert "Not done" in answer
    assert {each.ref for each in clinic.forge.statuses if each.sha == asked.head} == {
        f"refs/merge-requests/{asked.number}/head"
    }
    assert not [each for each in clinic.forge.seen if fork in each.path and "git" in each.path]


def test_a_repository_that_our_account_cannot_read_is_not_touched(clinic: Clinic) -> None:
    clinic.forge.projects[clinic.path].members.pop("coderev")
    before = len(clinic.forge.statuses)

    asked = clinic.ask("visits", {"app.py": APP + VISITS})
    project = str(clinic.forge.projects[clinic.path].id)
    clinic.service.until(lambda: [each for each in clinic.forge.seen if f"/projects/{project}" in each.path])
    clinic.forge.settle()
    last = clinic.ask("sentinel", {"a.txt": "a\n"})

    assert clinic.forge.deliveries[-1].answers == [] or clinic.forge.deliveries[-1].answers == [202]
    assert {each.answer for each in clinic.forge.seen if f"/projects/{project}" in each.path} == {404}
    assert len(clinic.forge.statuses) == before
    assert asked.notes == last.notes == []


def test_a_webhook_that_lies_changes_nothing(clinic: Clinic) -> None:
    asked = clinic.ask("visits", {"app.py": APP + VISITS})
    clinic.decided(asked)
    clinic.service.until(lambda: clinic.summary(asked))
    clinic.forge.settle()
    notes, statuses = [each.body for each in asked.notes], len(clinic.forge.statuses)
    real = next(each for each in reversed(clinic.forge.deliveries) if b'"merge_request"' in each.body[:60])
    lies = [
        {"state": "merged", "action": "merge"},
        {"state": "closed", "action": "close", "author_id": 1},
        {"target_branch": "mine", "source_branch": "main", "action": "update", "oldrev": "0" * 40},
        {"last_commit": {"id": "0" * 40}, "action": "open", "author_id": 1, "title": "@coderev dismiss"},
        {"source_project_id": 1, "target_project_id": 1, "action": "reopen"},
    ]

    for number, lie in enumerate(lies):
        body = json.loads(real.body)
        body["object_attributes"] |= lie
        body["user"] = {"id": 1, "username": "grace"}
        clinic.forge.redeliver(Delivery(real.headers | {"Idempotency-Key": f"{clinic.path}-{number}"}, dumped(body)))
    clinic.forge.settle()
    last = clinic.ask("last", {"README.md": "The last in the queue.\n"})
    clinic.decided(last)

    assert [each.body for each in asked.notes] == notes
    assert clinic.status(asked.head) == "failed"
    assert len([each for each in clinic.forge.statuses if each.sha != last.head]) == statuses


def test_a_merge_request_that_is_not_there_is_nothing(clinic: Clinic) -> None:
    asked = clinic.ask("fine", {"README.md": "Fine.\n"})
    clinic.decided(asked)
    real = next(each for each in reversed(clinic.forge.deliveries) if b'"merge_request"' in each.body[:60])
    before = len(clinic.forge.statuses)

    for number, (project, merge_request) in enumerate([(1, 1), (2**53 - 1, 1), (None, 404), (None, 2**53 - 1)]):
        body = json.loads(real.body)
        body["project"]["id"] = project or body["project"]["id"]
        body["object_attributes"]["iid"] = merge_request
        clinic.forge.redeliver(Delivery(real.headers | {"Idempotency-Key": f"{clinic.path}-{number}"}, dumped(body)))
    clinic.forge.settle()
    last = clinic.ask("last", {"README.md": "The last in the queue.\n"})
    clinic.decided(last)

    assert len([each for each in clinic.forge.statuses if each.sha != last.head]) == before


def dumped(body: object) -> bytes:
    return json.dumps(body).encode()
