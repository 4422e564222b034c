"""Nothing leaves: every journey in an empty network, and in one that counts packets and look-ups.

The meter is tested first, with deliberate leaks: a meter that sees nothing proves nothing.
"""

import json
import shutil
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from stand_ins import model_server, network, redis_server
from stand_ins.bundles import BundleDepot
from stand_ins.network import Counted, Ran, run_counted, run_isolated
from stand_ins.repository import PaperRepository
from stand_ins.sentence_encoder import tiny
from stand_ins.site import write_site

pytestmark = pytest.mark.skipif(network.missing() is not None, reason=str(network.missing()))

CODEREV = [sys.executable, "-m", "coderev"]
SERVER_PORT = 8123
SERVER = [sys.executable, str(Path(model_server.__file__)), "--port", str(SERVER_PORT)]
BASE = "def read(name):\n    return open(name).read()\n"
HEAD = BASE + "\n\ndef run(text, seen=[]):\n    seen.append(text)\n    return eval(text)\n"


def python(code: str) -> list[str]:
    return [sys.executable, "-c", f"import contextlib, socket\nwith contextlib.suppress(OSError):\n    {code}\n"]


@pytest.mark.parametrize(
    ("code", "packets", "look_ups"),
    [
        ("socket.create_connection(('203.0.113.1', 80), timeout=0.2)", True, False),
        ("socket.create_connection(('2001:db8:1::1', 80), timeout=0.2)", True, False),
        ("socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('203.0.113.1', 9))", True, False),
        ("socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('169.254.169.254', 80))", True, False),
        ("socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('10.1.2.3', 53))", True, True),
        ("socket.getaddrinfo('models.example.com', 443)", True, True),
        ("socket.getaddrinfo('model.internal', 443)", True, True),
        ("socket.getaddrinfo('localhost', 443)", False, False),
        ("socket.create_connection(('127.0.0.1', 9), timeout=0.2)", False, False),
        ("None", False, False),
    ],
)
def test_the_meter_sees_a_leak_and_nothing_else(code: str, *, packets: bool, look_ups: bool) -> None:
    counted = run_counted(python(code))

    assert (counted.packets > 0, counted.dns_queries > 0) == (packets, look_ups)
    assert counted.status == 0


def test_the_empty_network_is_empty() -> None:
    ran = run_isolated([sys.executable, "-c", "import socket; socket.create_connection(('203.0.113.1', 80), 0.2)"])

    assert "Network is unreachable" in ran.stderr


@dataclass(frozen=True)
class Place:
    """A small repository, a site with a model on loopback, and one with none."""

    folder: Path
    with_model: Path
    without: Path
    home: Path
    patch: str = ""

    def run(self, runner: str, *arguments: str, stdin: str = "", model: bool = False) -> Ran:
        run = run_isolated if runner == "isolated" else run_counted
        config = self.with_model if model else self.without
        env = {"HOME": str(self.home), "CODEREV_CONFIG": str(config)}
        beside = SERVER if model else ()
        return run([*CODEREV, *arguments], folder=self.folder, env=env, stdin=stdin, beside=beside)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("nothing-leaves")
    repository = PaperRepository(folder / "repository")
    repository.git("remote", "add", "origin", "https://forge.example.com/clinic.git")
    repository.write("app.py", BASE)
    repository.commit()
    repository.branch("topic")
    repository.write("app.py", HEAD)
    repository.commit()
    without = folder / "without"
    without.mkdir()
    (without / "coderev.yaml").write_text("mode: air-gapped\n")
    endpoint = f"http://127.0.0.1:{SERVER_PORT}/v1"
    with_model = write_site(folder / "with", [endpoint], settings="mode: air-gapped\n", cache=True)
    patch = repository.git("diff", "topic", "main") + "\n"  # applies to what is checked out
    return Place(folder=repository.folder, with_model=with_model, without=without, home=folder / "home", patch=patch)


def assert_silent(ran: Ran) -> None:
    if isinstance(ran, Counted):
        assert (ran.packets, ran.dns_queries) == (0, 0)
    assert "Traceback" not in ran.stderr


REVIEWS = [("review", "main..topic"), ("review",), ("review", "--all"), ("review", "--patch", "-")]


@pytest.mark.parametrize("runner", ["isolated", "counted"])
@pytest.mark.parametrize("arguments", REVIEWS, ids=" ".join)
def test_a_review_without_a_model_finds_what_it_finds_and_sends_nothing(
    place: Place, runner: str, arguments: tuple[str, ...]
) -> None:
    ran = place.run(runner, *arguments, "--format", "json", stdin=place.patch)

    assert_silent(ran)
    assert ran.status in {0, 1}, ran.stderr
    assert json.loads(ran.stdout)["coverage"]["models"]["status"] == "not-configured"


@pytest.mark.parametrize("runner", ["isolated", "counted"])
@pytest.mark.parametrize("arguments", [("review", "main..topic"), ("review", "--all", "--ask")], ids=" ".join)
def test_a_review_with_a_model_on_loopback_asks_it_and_sends_nothing_else(
    place: Place, runner: str, arguments: tuple[str, ...]
) -> None:
    ran = place.run(runner, *arguments, "--format", "json", model=True)

    assert_silent(ran)
    assert ran.status in {0, 1}, ran.stderr
    assert json.loads(ran.stdout)["coverage"]["models"]["status"] == "answered"


@pytest.mark.parametrize("runner", ["isolated", "counted"])
@pytest.mark.parametrize(
    "arguments",
    [
        ("models", "list"),
        ("models", "check"),
        ("route", "explain"),
        ("recall", "warm", "."),
        ("recall", "explain", "main..topic"),
        ("recall", "stats"),
        ("recall", "purge", "--all"),
        ("--version",),
        ("review", "--help"),
    ],
    ids=" ".join,
)
def test_the_other_commands_send_nothing(place: Place, runner: str, arguments: tuple[str, ...]) -> None:
    ran = place.run(runner, *arguments, model=True)

    assert_silent(ran)
    assert ran.status == 0, ran.stderr


@pytest.mark.parametrize("runner", ["isolated", "counted"])
def test_explaining_a_finding_sends_nothing(place: Place, runner: str) -> None:
    reviewed = place.run(runner, "review", "main..topic", "--format", "json")
    fingerprint = json.loads(reviewed.stdout)["findings"][0]["fingerprint"]

    ran = place.run(runner, "explain", fingerprint)

    assert_silent(ran)
    assert ran.status == 0, ran.stderr


@pytest.mark.parametrize("endpoint", ["http://8.8.8.8/v1", "https://models.example.com/v1", "http://0x7f.1/v1"])
def test_a_model_outside_is_refused_before_anything_is_looked_up(place: Place, tmp_path: Path, endpoint: str) -> None:
    site = write_site(tmp_path / "site", [endpoint])
    outside = replace(place, without=site)

    ran = outside.run("counted", "review", "main..topic")

    assert_silent(ran)
    assert ran.status in {2, 3}
    assert "outside the site" in ran.stderr or "odd way" in ran.stderr


def test_a_model_inside_that_is_down_costs_no_look_up_elsewhere(place: Place) -> None:
    down = replace(place, without=place.with_model)

    ran = down.run("counted", "review", "main..topic", "--format", "json")

    assert_silent(ran)
    assert ran.status in {1, 4}
    assert json.loads(ran.stdout)["findings"]


REDIS = """
import os, subprocess, time
if os.fork():  # what is ended at last is the server itself
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.execlp("redis-server", "redis-server", "--port", "6399", "--bind", "127.0.0.1", "--save", "")
while subprocess.run(["redis-cli", "-p", "6399", "ping"], capture_output=True).stdout.strip() != b"PONG":
    time.sleep(1 / 20)
print("ready", flush=True)
"""


@pytest.mark.skipif(redis_server.missing() is not None, reason=str(redis_server.missing()))
def test_a_store_on_loopback_is_used_and_nothing_else_is_looked_up(place: Place, tmp_path: Path) -> None:
    settings = "mode: air-gapped\nrecall: {patience_ms: 10000, store: 'redis://127.0.0.1:6399/1'}\n"
    site = write_site(tmp_path / "site", [], settings=settings)
    env = {"HOME": str(place.home), "CODEREV_CONFIG": str(site)}

    ran = run_counted([*CODEREV, "recall", "stats"], folder=place.folder, env=env, beside=[sys.executable, "-c", REDIS])

    assert_silent(ran)
    assert (ran.status, ran.stderr) == (0, "")
    assert ran.stdout.startswith("remembered: 0 entries")


@pytest.mark.parametrize(
    "recall",
    [
        "store: 'redis://8.8.8.8'",
        "store: 'rediss://cache.example.com'",
        "similar: {embedder: 'http://8.8.8.8/'}",
        "similar: {embedder: 'https://embeddings.example.com'}",
    ],
)
def test_a_store_outside_is_refused_before_anything_is_looked_up(place: Place, tmp_path: Path, recall: str) -> None:
    settings = f"mode: air-gapped\nrecall: {{{recall}}}\n"
    site = write_site(tmp_path / "site", [f"http://127.0.0.1:{SERVER_PORT}/v1"], settings=settings)

    ran = replace(place, without=site).run("counted", "review", "main..topic")

    assert_silent(ran)
    assert ran.status == 3
    assert "outside the site" in ran.stderr


def test_an_index_that_is_down_or_outside_costs_no_look_up(place: Place, tmp_path: Path) -> None:
    encoder = tiny(tmp_path / "encoder")
    for index, status in (("postgresql://127.0.0.1:9/coderev", 0), ("postgresql://8.8.8.8/coderev", 3)):
        similar = f"{{embedder: {encoder}, index: '{index}', user: reviews}}"
        settings = f"mode: air-gapped\nrecall: {{similar: {similar}}}\n"
        site = write_site(tmp_path / f"site-{status}", [], settings=settings)

        ran = replace(place, without=site).run("counted", "recall", "warm", ".", "--no-ask")

        assert_silent(ran)
        assert ran.status == status, ran.stderr


@pytest.mark.skipif(not all(map(shutil.which, ("gpg", "gpgv"))), reason="gpg or gpgv is not installed")
def test_a_bundle_is_copied_verified_installed_and_taken_back_without_a_packet(tmp_path: Path) -> None:
    depot = BundleDepot()
    root, own = depot.root_on_paper, ["--config", str(tmp_path)]
    (tmp_path / "coderev.yaml").write_text(
        f"bundle: {{folder: {tmp_path}/opt, state: {tmp_path}/state, roles: [app]}}\n"
    )
    seven, eight = (str(depot.make(tmp_path / f"{seq}", seq=seq)) for seq in (7, 8))
    journey = [
        ["bundle", "fetch", seven, "--spool", f"{tmp_path}/stick", "--root", root],
        ["bundle", "verify", f"{tmp_path}/stick", "--root", root],
        ["bundle", "install", f"{tmp_path}/stick", "--root", root, "--least-seq", "7", "--yes"],
        ["update", "apply", eight, "--yes"],
        ["update", "rollback"],
    ]

    counted = [run_counted([*CODEREV, *words, *own]) for words in journey]

    assert [each.status for each in counted] == [0] * len(journey), [each.stderr for each in counted]
    assert [(each.packets, each.dns_queries) for each in counted] == [(0, 0)] * len(journey)


def test_a_merge_request_is_fetched_reviewed_and_told_and_nothing_else_is_sent(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    journey = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "tutorial or service"]
    journey += [str(root / f"tests/journeys/test_{name}.py") for name in ("merge_request", "service")]
    journey += ["--basetemp", str(tmp_path / "t")]

    ran = run_counted(journey, folder=root, env={"HOME": str(tmp_path)})

    assert_silent(ran)
    assert ran.status == 0, ran.stdout[-3000:]
    assert "4 passed" in ran.stdout
