"""The site's configuration: its faults, its ceiling, and where it must not come from (DESIGN section 4)."""

import pwd
import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace
from stand_ins.command import run_coderev
from stand_ins.registries import GUIDE
from stand_ins.repository import PaperRepository

from coderev.files import CannotWrite, data_folder
from coderev.settings import LooserThanSite, Settings, load, with_options

CEILING = """
mode: air-gapped
site: {networks: [10.1.0.0/16], domains: [clinic.example]}
gate: {fail_on: medium, on_incomplete: block, require_model: true, models: true}
limits: {file_bytes: 1000}
exclude:
  - {paths: [vendor/], reason: vendored}
sensitive_paths: [patients/]
connections: {ca_bundle: /etc/ssl/site.pem}
"""


@pytest.fixture
def guide(tmp_path: Path) -> Path:
    shutil.copytree(GUIDE, tmp_path / "guide")
    return tmp_path / "guide"


@pytest.fixture
def ceiling(tmp_path: Path) -> Path:
    (tmp_path / "ceiling").mkdir()
    (tmp_path / "ceiling" / "coderev.yaml").write_text(CEILING)
    return tmp_path / "ceiling"


def users(folder: Path, text: str) -> Path:
    (folder / "user").mkdir()
    (folder / "user" / "coderev.yaml").write_text(text)
    return folder / "user"


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("model_registry.yaml", "    provider: local", "\tprovider: local", ":3: $: found a tab character"),
        ("model_registry.yaml", "    status: active", "    status: active\n    status: active", "stands twice"),
        ("model_registry.yaml", "      - deepseek-coder-33b-local", "      - absent", "no model `absent`"),
        ("model_registry.yaml", "[5000, 5000]", "[5000]", ":44: $.model_groups[0].timeout_cascade_ms: "),
        ("model_registry.yaml", "http://codellama-server", "https://models.example.com", "outside the site"),
        ("routing_policies.yaml", "model_group: offline-primary", "model_group: absent", "no group `absent`"),
        ("coderev.yaml", "mode: air-gapped", "mode: airgapped", "coderev.yaml:1: $.mode: "),
        ("coderev.yaml", "mode: air-gapped", "gates: {}", "coderev.yaml:1: $.gates: "),
        ("coderev.yaml", "mode: air-gapped", "site: {networks: [10.0.0.0/99]}", "$.site"),
        ("coderev.yaml", "mode: air-gapped", "- a\n- b", "coderev.yaml:1: $: "),
        ("coderev.yaml", "mode: air-gapped", "!!python/object/apply:os.system [true]", "coderev.yaml:1: "),
    ],
)
def test_a_faulty_configuration_is_one_error_that_names_file_line_and_path(
    guide: Path, elsewhere: Path, file: str, old: str, new: str, told: str
) -> None:
    (guide / "coderev.yaml").write_text("mode: air-gapped\n")
    text = (guide / file).read_text()
    (guide / file).write_text(text.replace(old, new, 1))

    ran = run_coderev("route", "explain", "--config", guide, cwd=elsewhere)

    assert old in text
    assert (ran.status, ran.stdout) == (2, "")
    assert ran.stderr.startswith(f"error: {guide / file}:")
    assert told in ran.stderr.splitlines()[0]
    assert ran.stderr.splitlines()[1].startswith("hint: ")


def test_a_review_stops_at_a_faulty_registry_before_anything_is_asked(flawed: PaperRepository, guide: Path) -> None:
    place = guide / "model_registry.yaml"
    place.write_text(place.read_text().replace("[5000, 5000]", "[5000]"))

    ran = run_coderev("review", "main..topic", "--config", guide, cwd=flawed.folder)

    assert (ran.status, ran.stdout) == (2, "")
    assert "1 time-outs for 2 models" in ran.stderr


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("mode: private", "mode"),
        ("mode: cloud", "mode"),
        ("gate: {fail_on: high}", "gate.fail_on"),
        ("gate: {fail_on: never}", "gate.fail_on"),
        ("gate: {require_model: false}", "gate.require_model"),
        ("gate: {on_incomplete: warn}", "gate.on_incomplete"),
        ("gate: {models: false}", "gate.models"),
        ("site: {networks: [10.0.0.0/8]}", "site.networks"),
        ("site: {networks: [0.0.0.0/0]}", "site.networks"),
        ("site: {domains: [example.com]}", "site.domains"),
        ("limits: {file_bytes: 1001}", "limits.file_bytes"),
        ("exclude: [{paths: ['*'], reason: quiet}]", "exclude"),
        ("without: [ruff]", "without"),
        ("connections: {proxy: 'http://proxy.internal:1'}", "connections"),
    ],
)
def test_a_users_configuration_that_is_looser_than_the_ceiling_is_refused(
    tmp_path: Path, ceiling: Path, text: str, key: str
) -> None:
    with pytest.raises(LooserThanSite) as refused:
        load(users(tmp_path, text), ceiling=ceiling)

    assert refused.value.facts["key"] == key
    assert refused.value.exit_status == 2
    assert "remove it, or ask" in refused.value.next_step


def test_a_users_configuration_may_tighten_what_the_ceiling_says(tmp_path: Path, ceiling: Path) -> None:
    strict = """
        site: {networks: [10.1.2.0/24]}
        gate: {fail_on: low}
        limits: {file_bytes: 500, files: 3}
        sensitive_paths: [billing/]
        """

    settings = load(users(tmp_path, strict), ceiling=ceiling).settings

    assert settings.gate.fail_on == "low"
    assert settings.site.networks == ("10.1.2.0/24",)
    assert settings.limits.file_bytes == 500
    assert settings.sensitive_paths == ("patients/", "billing/")
    assert settings.exclude[0].reason == "vendored"


def test_what_a_user_does_not_say_is_as_the_ceiling_says_it(tmp_path: Path, ceiling: Path) -> None:
    site = load(tmp_path, ceiling=ceiling).settings

    settings = load(users(tmp_path, "verify: false\n"), ceiling=ceiling).settings

    assert settings == replace(site, verify=False)


def test_a_user_without_a_home_has_the_built_in_settings_and_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(uid: int) -> None:
        raise KeyError(uid)

    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "CODEREV_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nobody)

    assert load(ceiling=tmp_path / "absent").settings == Settings()
    with pytest.raises(CannotWrite, match="this user has no home folder"):
        data_folder()


def test_an_option_is_no_way_around_the_ceiling(tmp_path: Path, ceiling: Path) -> None:
    configuration = load(tmp_path, ceiling=ceiling)

    with pytest.raises(LooserThanSite, match=r"the command line sets gate\.fail_on to high"):
        with_options(configuration, fail_on="high", without=())
    with pytest.raises(LooserThanSite, match="the command line sets without to ruff"):
        with_options(configuration, fail_on=None, without=("ruff",))


def test_without_any_configuration_the_built_in_settings_hold(tmp_path: Path) -> None:
    assert load(tmp_path, ceiling=tmp_path / "absent").settings == Settings()


@pytest.mark.parametrize("way", ["option", "variable", "link"])
def test_a_configuration_inside_the_reviewed_tree_is_refused(flawed: PaperRepository, way: str) -> None:
    flawed.write("site/coderev.yaml", "gate: {fail_on: never}\n")
    link = flawed.folder.parent / "link"
    link.symlink_to(flawed.folder / "site")
    named = link if way == "link" else flawed.folder / "site"
    arguments = () if way == "variable" else ("--config", named)
    env = {"CODEREV_CONFIG": str(named)} if way == "variable" else {}

    ran = run_coderev("review", "main..topic", *arguments, cwd=flawed.folder, env=env)

    assert (ran.status, ran.stdout) == (2, "")
    assert "it lies inside the reviewed tree\nhint: " in ran.stderr


def test_a_users_folder_inside_the_reviewed_tree_is_not_read(flawed: PaperRepository) -> None:
    flawed.write("config/coderev/coderev.yaml", "gate: {fail_on: never}\n")

    ran = run_coderev(
        "review", "main..topic", cwd=flawed.folder, env={"XDG_CONFIG_HOME": str(flawed.folder / "config")}
    )

    assert ran.status == 1


def test_a_configuration_that_is_not_there_is_status_2(flawed: PaperRepository) -> None:
    ran = run_coderev("review", cwd=flawed.folder, env={"CODEREV_CONFIG": "/absent"})

    assert ran.status == 2
    assert ran.stderr.startswith("error: cannot read the configuration /absent: ")
