"""`coderev models list`, `check` and `check --measure`."""

import shutil
from pathlib import Path

import pytest
from stand_ins.command import run_coderev
from stand_ins.model_server import ModelServer, answer
from stand_ins.registries import GUIDE
from stand_ins.site import write_site


@pytest.fixture
def guide(tmp_path: Path) -> Path:
    """The deployment guide's own two files, at an air-gapped site."""
    shutil.copytree(GUIDE, tmp_path / "guide")
    (tmp_path / "guide" / "coderev.yaml").write_text("mode: air-gapped\n")
    return tmp_path / "guide"


def test_the_list_shows_each_model_of_the_guide_and_connects_to_nothing(guide: Path) -> None:
    ran = run_coderev("models", "list", "--config", guide, cwd=guide)

    assert (ran.status, ran.stderr) == (0, "")
    assert ran.stdout.splitlines() == [
        "codellama-34b-local       open     http://codellama-server:8000/v1",
        "deepseek-coder-33b-local  open     http://deepseek-server:8000/v1",
    ]


def test_a_closed_model_is_listed_with_the_reason(guide: Path) -> None:
    place = guide / "model_registry.yaml"
    place.write_text(place.read_text().replace("status: active", "status: disabled", 1))

    ran = run_coderev("models", "list", "--config", guide, cwd=guide)

    assert ran.status == 0
    assert "codellama-34b-local       closed   http://codellama-server:8000/v1; is disabled\n" in ran.stdout


def test_a_check_tells_what_an_endpoint_really_serves(tmp_path: Path) -> None:
    with ModelServer(answer("{}"), models=["/models/codellama-34b"]) as server:
        site = write_site(tmp_path / "site", [server.endpoint])
        ran = run_coderev("models", "check", "--config", site, cwd=site)

    assert ran.status == 0
    assert "answers" in ran.stdout
    assert "is asked as /models/codellama-34b, the only model of its endpoint" in ran.stdout
    assert server.questions == []


def test_a_measurement_tells_how_fast_each_model_is(tmp_path: Path) -> None:
    with ModelServer(answer("x" * 256), models=["stand-in-1"]) as server:
        site = write_site(tmp_path / "site", [server.endpoint], timeout_ms=60_000)
        ran = run_coderev("models", "check", "--measure", "--config", site, cwd=site)

    assert ran.status == 0
    assert "first token " in ran.stdout
    assert " tokens/s" in ran.stdout


def test_a_measurement_names_each_route_that_cannot_hold_its_answer_with_status_4(tmp_path: Path) -> None:
    with ModelServer(answer("x" * 256, gap=0.005), models=["stand-in-1"]) as server:
        site = write_site(tmp_path / "site", [server.endpoint], timeout_ms=1_000)
        ran = run_coderev("models", "check", "--measure", "--config", site, cwd=site)

    assert ran.status == 4
    assert "too short: tests / all: tests: stand-in-1 takes " in ran.stdout


def test_a_model_that_is_down_is_told_with_status_4(tmp_path: Path) -> None:
    with ModelServer(answer("{}")) as gone:
        site = write_site(tmp_path / "site", [gone.endpoint])

    ran = run_coderev("models", "check", "--config", site, cwd=site)

    assert (ran.status, ran.stderr) == (4, "")
    assert ran.stdout.startswith("stand-in-1  fails    ")


def test_an_endpoint_that_serves_other_models_is_told_with_status_4(tmp_path: Path) -> None:
    with ModelServer(answer("{}"), models=["a", "b"]) as server:
        site = write_site(tmp_path / "site", [server.endpoint])
        ran = run_coderev("models", "check", "--config", site, cwd=site)

    assert (ran.status, ran.stderr) == (4, "")
    assert "its endpoint lists a, b, and not stand-in-1: set served_name" in ran.stdout


@pytest.mark.parametrize("command", [("models", "list"), ("models", "check"), ("route", "explain")])
def test_no_model_configured_is_status_2_with_the_next_step(tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "empty").mkdir()

    ran = run_coderev(*command, cwd=tmp_path / "empty")

    assert (ran.status, ran.stdout) == (2, "")
    assert ran.stderr.startswith("error: no model is configured\nhint: put model_registry.yaml into ")


@pytest.mark.parametrize("named", ["option", "variable", "folder of the user"])
def test_the_configuration_is_the_option_else_the_variable_else_the_users_folder(tmp_path: Path, named: str) -> None:
    site = tmp_path / "home" / "config" / "coderev" if named == "folder of the user" else tmp_path / "site"
    write_site(site, ["http://localhost:1/v1"])
    write_site(tmp_path / "other", ["http://localhost:2/v1"])
    arguments = ("--config", site) if named == "option" else ()
    variables = {"option": "other", "variable": "site"}
    env = {"CODEREV_CONFIG": str(tmp_path / variables[named])} if named in variables else {}

    ran = run_coderev("models", "list", *arguments, cwd=tmp_path / "other", env=env)

    assert ran.stdout == "stand-in-1  open     http://localhost:1/v1\n"
