"""A newcomer starts the service, sees the example, makes a token, and lets the service review a change."""

import http.client
import json
import signal
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest
from stand_ins.repository import PaperRepository
from stand_ins.running_service import RunningService

from coderev.finding import Result

SAFE = "def add(a, b):\n    return a + b\n"
KEY = "AKIA" + "Q3EGXMPLW7ZT2RYB"  # of the form of an AWS access key id
LOUD = SAFE + f"\n\nKEY = '{KEY}'\n"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[RunningService]:
    with RunningService(tmp_path / "site") as service:
        yield service


class Browser:
    """Somebody who came in by the address that `serve` printed."""

    def __init__(self, service: RunningService) -> None:
        self._place = urlsplit(service.url).netloc
        secret = service.entrance.partition("#")[2]
        form = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
        status, headers, _ = self._ask("POST", "/enter", f"token={secret}", form)
        assert status == 303
        self.cookie = headers["Set-Cookie"].partition(";")[0]

    def see(self, path: str) -> str:
        status, _, text = self._ask("GET", path, None, {"Cookie": self.cookie})
        assert status == 200, text
        return text

    def make_token(self, role: str) -> str:
        wanted = json.dumps({"name": "a test", "role": role})
        headers = {"Cookie": self.cookie, "Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"}
        status, _, text = self._ask("POST", "/api/v1/tokens", wanted, headers)
        assert status in {200, 201}, text
        secret: str = json.loads(text)["secret"]
        return secret

    def _ask(
        self, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> tuple[int, "http.client.HTTPMessage", str]:
        connection = http.client.HTTPConnection(self._place, timeout=60)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, answer.headers, text


def test_a_newcomer_sees_the_examples_review(service: RunningService) -> None:
    browser = Browser(service)

    service.until(lambda: json.loads(browser.see("/api/v1/reviews"))["items"])
    service.until(lambda: json.loads(browser.see("/api/v1/reviews"))["items"][0]["verdict"])
    page, reviews = browser.see("/reviews"), json.loads(browser.see("/api/v1/reviews"))["items"]

    assert [each["verdict"] for each in reviews] == ["fail"]
    assert reviews[0]["id"] in page
    assert "patient" in browser.see(f"/reviews/{reviews[0]['id']}")


def test_a_change_is_reviewed_by_the_service_and_its_result_comes_back(service: RunningService, tmp_path: Path) -> None:
    paper = PaperRepository(tmp_path / "repository")
    paper.write("sums.py", SAFE)
    paper.commit()
    paper.write("sums.py", LOUD)
    token = Browser(service).make_token("admin")
    tokens = service.folder / "config" / "server_tokens"
    tokens.touch(mode=0o600)
    tokens.write_text(f"{service.url} {token}\n")

    ran = service.run(
        *("review", "--repo", paper.folder, "--server", service.url, "--config", service.folder / "config"),
        *("--format", "json"),
    )
    refused = service.run("review", "--repo", paper.folder, "--server", service.url, "--baseline", tokens)

    assert ran.returncode == 1, ran.stderr
    result = msgspec.json.decode(ran.stdout, type=Result)
    assert [(finding.path, finding.source.name) for finding in result.findings] == [("sums.py", "secrets")]
    assert KEY not in ran.stdout
    assert token not in ran.stdout + ran.stderr + "\n".join(service.lines)
    assert refused.returncode == 2
    assert "--baseline cannot be given together with --server" in refused.stderr


def test_a_configuration_is_read_anew_and_a_wrong_one_is_not_taken(service: RunningService) -> None:
    path = service.folder / "config" / "coderev.yaml"
    text = path.read_text()
    browser = Browser(service)

    path.write_text(text + "gate: {fail_on: loud}\n")
    service.process.send_signal(signal.SIGHUP)
    service.until(lambda: any(each.get("what") == "the new configuration is not taken" for each in service.log))
    path.write_text(text + "gate: {fail_on: medium}\n")
    service.process.send_signal(signal.SIGHUP)

    service.until(lambda: sum(line.startswith("coderev serves") for line in service.lines) == 3)
    assert "medium" in browser.see("/settings")
    assert service.stop() == 0
