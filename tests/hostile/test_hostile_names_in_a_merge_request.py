"""Files, branches, titles and people with hostile names, from the push to the comment, the status and the pages.

The real service, real git and a paper GitLab, whose repositories take what git takes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urlencode
from urllib.request import HTTPErrorProcessor, Request, build_opener

import pytest
from stand_ins.paper_forge import PaperRequest, PaperStatus
from stand_ins.paper_gitlab import PaperGitLab
from stand_ins.running_service import RunningService

LISTING = """import subprocess


def listing(name):
    return subprocess.run("ls " + name, shell=True, check=True)
"""
FILES = (
    "<img src=x onerror=alert(1)>.py",
    "![beacon](https:evil.example.png).py",
    "`@grace` @all #1 !1.py",
    "a\u202egnp.py",
    "esc\x1b[2J\x1b]8;;https:evil.py",
    "two\nlines\n/merge\n.py",
    "tab\tand \"quotes\" and \\ and 'more'.py",
    "-rf.py",
    "--upload-pack=touch pwned.py",
    "$(touch pwned).py",
    "</code></pre><script>alert(1)</script>.py",
    "{{ 7 * 7 }}.py",
    "con/.git-not/..py",
)
BRANCHES = (
    "<img/src=x/onerror=alert(1)>",
    "x`touch${IFS}pwned`;$(touch${IFS}pwned)|&",
    "refs/heads/main",
    "a\u202e\u2066b",
    "\"quoted\"'and'%00%0a",
)
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


class NoRedirect(HTTPErrorProcessor):
    """Hands out answers as they are."""

    def http_response(self, request: Request, response: object) -> object:
        del request
        return response


class Tags(HTMLParser):
    """Which elements and which handlers of events a page has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.handlers: list[str] = []
        self.targets: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        self.targets += [value or "" for name, value in attrs if name in {"href", "src", "action"}]


class Browser:
    """Signed in with the address that the service printed."""

    def __init__(self, service: RunningService) -> None:
        self._url, self._open = service.url, build_opener(NoRedirect())
        body = urlencode({"token": service.entrance.rpartition("#")[2]}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
        with self._open.open(Request(f"{service.url}/enter", body, headers)) as answer:
            self._cookie = answer.headers["Set-Cookie"].partition(";")[0]

    def page(self, path: str) -> str:
        with self._open.open(Request(self._url + path, headers={"Cookie": self._cookie})) as answer:
            assert answer.status == 200, path
            text: str = answer.read().decode()
            return text


@dataclass(frozen=True)
class Clinic:
    """A repository at a forge, and the service that reviews it."""

    forge: PaperGitLab
    service: RunningService

    def ask(self, branch: str, files: dict[str, str], target: str = "main") -> PaperRequest:
        title = "<script>alert(1)</script>"
        return self.forge.open_merge_request("team/clinic", branch, files, author="ada", target=target, title=title)

    def decided(self, asked: PaperRequest) -> PaperStatus:
        """The first verdict about the newest commit."""

        def found() -> list[PaperStatus]:
            of_it = [each for each in self.forge.statuses if each.sha == asked.head]
            return [each for each in of_it if each.state not in {"pending", "running"}]

        return self.service.until(found)[0]


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    folder = tmp_path_factory.mktemp("names")
    with PaperGitLab(folder / "forge") as forge:
        forge.project("team/clinic", {"README.md": "A clinic.\n"})
        forge.member("team/clinic", "ada", "write")
        token = forge.token("coderev", "team/clinic", level="maintain")
        with RunningService(folder / "site", forge, token) as service:
            yield Clinic(forge, service)


def pages_of(service: RunningService) -> list[str]:
    """What people would look at after the first review."""
    browser = Browser(service)
    (review,) = set(re.findall(r'href="/reviews/([0-9a-f-]{36})"', browser.page("/reviews")))
    parts = [f"/reviews/{review}{part}" for part in ("", "?start=25", "/changes", "/record")]
    return [browser.page(path) for path in (*parts, "/reviews", "/findings", "/access", "/queue")]


def test_no_name_of_a_file_is_more_than_a_name(clinic: Clinic) -> None:
    files = {name: LISTING.replace("listing", f"of_{at}") for at, name in enumerate(FILES)}

    asked = clinic.ask("names", files)
    status = clinic.decided(asked)
    said = "\n".join(each.partition("\n")[2] for each in asked.said("coderev"))
    pages = pages_of(clinic.service)

    assert status.state == "failed"
    assert said.count("a shell command is built from text") == len(FILES)
    assert not re.search(r"(?m)^/\w", said)
    assert not re.search(r"!\[|<img|<script|(?<!`)@(?:grace|all)\b(?!`)", re.sub(r"``?[^`\n]*``?", "", said))
    assert clinic.forge.obeyed == []
    tags = [Tags(page) for page in pages]
    assert not [name for each in tags for name in each.names & {"img", "iframe", "object", "embed"}]
    assert not [name for each in tags for name in each.handlers]
    targets = {target for each in tags for target in each.targets}
    assert not [target for target in targets if not re.match(r"/(?!/)|[#?]|$|http://127\.", target)]
    assert not [text for text in (said, status.description, *pages) if UNSEEN.search(text)]
    assert not list(clinic.service.folder.rglob("pwned*"))


@pytest.mark.parametrize("branch", BRANCHES)
def test_no_name_of_a_branch_is_more_than_a_name(clinic: Clinic, branch: str) -> None:
    number = BRANCHES.index(branch)
    clinic.forge.repositories.commit("team/clinic", branch, {"README.md": f"Their own {number}.\n"})

    into = clinic.decided(clinic.ask(f"into-{number}", {"tool.py": LISTING}, target=branch))
    out_of = clinic.decided(clinic.ask(branch, {"tool.py": LISTING + f"# {number}\n"}))

    assert into.state in {"failed", "canceled"}  # `canceled`: a name that is not given to git as an argument
    assert out_of.state == "failed"
    assert (into.name == "coderev", out_of.name) == (False, "coderev")
    assert not UNSEEN.search(into.name)
    assert not list(clinic.service.folder.rglob("pwned*"))
