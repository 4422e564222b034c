import contextlib
import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coderev.settings import (
    FAIL_ON,
    MAX_YAML_BYTES,
    MODES,
    BadConfiguration,
    CannotReadConfiguration,
    Configuration,
    Connections,
    Exclusion,
    Gate,
    Limits,
    LooserThanSite,
    Settings,
    Site,
    environment,
    load,
    matches,
    read_yaml,
    tighten,
    with_options,
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's configuration folder; nothing else is configured."""
    monkeypatch.delenv("CODEREV_CONFIG", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "coderev"


def written(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "coderev.yaml").write_text(text)
    return folder


@pytest.mark.usefixtures("home")
def test_nothing_configured_is_private_and_closed(tmp_path: Path) -> None:
    configuration = load(ceiling=tmp_path / "etc")

    assert configuration == Configuration(settings=Settings())
    assert configuration.settings.mode == "private"
    assert configuration.find("model_registry.yaml") is None


def test_the_users_folder_is_read(home: Path, tmp_path: Path) -> None:
    written(home, "mode: hybrid\n")
    (home / "model_registry.yaml").touch()

    configuration = load(ceiling=tmp_path / "etc")

    assert configuration.settings.mode == "hybrid"
    assert configuration.find("model_registry.yaml") == home / "model_registry.yaml"


def test_the_first_that_is_given_counts(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(home, "mode: cloud\n")
    named = written(tmp_path / "named", "mode: hybrid\n")
    monkeypatch.setenv("CODEREV_CONFIG", str(written(tmp_path / "environment", "mode: air-gapped\n")))

    assert load(ceiling=tmp_path / "etc").settings.mode == "air-gapped"
    assert load(named, ceiling=tmp_path / "etc").settings.mode == "hybrid"


def test_an_empty_file_is_the_default(home: Path, tmp_path: Path) -> None:
    written(home, "# nothing yet\n")

    assert load(ceiling=tmp_path / "etc").settings == Settings()


@pytest.mark.usefixtures("home")
def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotReadConfiguration, match="not a folder"):
        load(tmp_path / "nowhere", ceiling=tmp_path / "etc")


@pytest.mark.usefixtures("home")
def test_a_configuration_inside_the_reviewed_tree_is_refused(tmp_path: Path) -> None:
    inside = written(tmp_path / "tree" / "config", "mode: cloud\n")
    (tmp_path / "link").symlink_to(inside)

    for named in (inside, tmp_path / "link"):
        with pytest.raises(CannotReadConfiguration, match="inside the reviewed tree"):
            load(named, reviewed=tmp_path / "tree", ceiling=tmp_path / "etc")


def test_the_users_folder_inside_the_reviewed_tree_is_passed_over(home: Path, tmp_path: Path) -> None:
    written(home, "mode: cloud\n")

    assert load(reviewed=tmp_path / "home", ceiling=tmp_path / "etc").settings.mode == "private"


def test_what_a_user_leaves_out_is_as_the_site_has_it(home: Path, tmp_path: Path) -> None:
    site = "mode: air-gapped\nsite: {networks: [10.1.0.0/16]}\nlimits: {files: 10}\nwithout: [ruff]\n"
    etc = written(tmp_path / "etc", site)
    written(home, "gate: {fail_on: low}\nlimits: {questions: 5}\nsensitive_paths: [secret/]\n")

    configuration = load(ceiling=etc)

    expected = read_yaml(site.encode(), "site", Settings)
    assert configuration.ceiling == expected
    assert configuration.settings == msgspec.structs.replace(
        expected,
        gate=Gate(fail_on="low"),
        limits=Limits(files=10, questions=5),
        sensitive_paths=("secret/",),
    )


@pytest.mark.parametrize(
    ("site", "user", "key"),
    [
        ("mode: air-gapped", "mode: private", "mode"),
        ("site: {networks: [10.1.0.0/16]}", "site: {networks: [10.0.0.0/8]}", "site.networks"),
        ("site: {networks: [10.1.0.0/16]}", "site: {networks: []}", "site.networks"),
        ("{}", "site: {networks: [0.0.0.0/0]}", "site.networks"),
        ("{}", "site: {networks: ['2001:db8::/32']}", "site.networks"),
        ("{}", "site: {domains: [evil.test]}", "site.domains"),
        ("gate: {fail_on: medium}", "gate: {fail_on: high}", "gate.fail_on"),
        ("gate: {models: true}", "gate: {models: false}", "gate.models"),
        ("gate: {on_incomplete: block}", "gate: {on_incomplete: warn}", "gate.on_incomplete"),
        ("gate: {require_model: true}", "gate: {require_model: false}", "gate.require_model"),
        ("limits: {file_bytes: 10}", "limits: {file_bytes: 11}", "limits.file_bytes"),
        ("connections: {proxy: 'http://a'}", "connections: {proxy: 'http://b'}", "connections"),
        ("{}", "exclude: [{paths: ['*'], reason: mine}]", "exclude"),
        ("{}", "without: [ruff]", "without"),
        ("questions: [code-review, security-audit]", "questions: [code-review]", "questions"),
        ("recall: {tenant: clinic}", "recall: {tenant: other}", "recall.tenant"),
        ("{}", "recall: {unsafe_serve_similar: true}", "recall.unsafe_serve_similar"),
        ("bundle: {site: ward-3}", "bundle: {signatures: tuf}", "bundle"),
        ("bundle: {site: ward-3}", "bundle: {state: /home/me}", "bundle"),
    ],
)
def test_a_user_cannot_loosen_what_the_site_decided(home: Path, tmp_path: Path, site: str, user: str, key: str) -> None:
    etc = written(tmp_path / "etc", site)
    written(home, user)

    with pytest.raises(LooserThanSite, match="looser than the site's") as caught:
        load(ceiling=etc)

    assert caught.value.facts["key"] == key


def test_a_whole_section_is_shown_by_what_is_unusual_in_it(home: Path, tmp_path: Path) -> None:
    etc = written(tmp_path / "etc", "bundle: {site: ward-3}")
    written(home, "bundle: {signatures: tuf}")

    with pytest.raises(LooserThanSite, match="sets bundle to site ward-3, signatures tuf, which is looser than the"):
        load(ceiling=etc)


@pytest.mark.usefixtures("home")
def test_a_command_line_cannot_loosen_what_the_site_decided(tmp_path: Path) -> None:
    etc = written(tmp_path / "etc", "gate: {fail_on: medium}")
    configuration = load(ceiling=etc)

    assert with_options(configuration, fail_on="low", without=()).gate.fail_on == "low"
    with pytest.raises(LooserThanSite, match="the command line sets"):
        with_options(configuration, fail_on="critical", without=())


def test_a_command_line_decides_where_there_is_no_ceiling() -> None:
    configuration = Configuration(settings=Settings(without=("ruff",)))

    wanted = with_options(configuration, fail_on=None, without=("secrets",))

    assert (wanted.gate, wanted.without) == (Gate(), ("ruff", "secrets"))


NETWORKS = st.sampled_from(["10.0.0.0/8", "10.1.0.0/16", "192.168.7.0/24", "172.16.0.0/12", "8.8.8.0/24", "fc00::/7"])
SETTINGS = st.builds(
    Settings,
    mode=st.sampled_from(MODES),
    site=st.builds(Site, networks=st.lists(NETWORKS, max_size=2).map(tuple)),
    gate=st.builds(Gate, fail_on=st.sampled_from(FAIL_ON), models=st.booleans(), require_model=st.booleans()),
    limits=st.builds(Limits, files=st.integers(1, 5), questions=st.integers(1, 5)),
    exclude=st.just(()) | st.just((Exclusion(paths=("a",), reason="b"),)),
    connections=st.builds(Connections, proxy=st.none() | st.just("http://proxy")),
)


@given(SETTINGS, SETTINGS)
@settings(max_examples=200, deadline=None)
def test_what_is_tightened_is_never_looser_than_its_ceiling(ceiling: Settings, wanted: Settings) -> None:
    try:
        held = tighten(ceiling, wanted, origin="a test")
    except LooserThanSite:
        return

    assert MODES.index(held.mode) >= MODES.index(ceiling.mode)
    assert FAIL_ON.index(held.gate.fail_on) >= FAIL_ON.index(ceiling.gate.fail_on)
    assert held.limits.files <= ceiling.limits.files
    assert (held.exclude, held.without) == (ceiling.exclude, ceiling.without)
    assert tighten(ceiling, held, origin="a test") == held


@pytest.mark.parametrize(
    ("text", "line", "path"),
    [
        ("mode: private\n\tgate: {}", 2, "$"),
        ("mode: private\ngate:\n  fail_no: high", 3, "$.gate.fail_no"),
        ("mode: private\nmode: cloud", 2, "$.mode"),
        ("mode: open", 1, "$.mode"),
        ("limits:\n  files: 0", 1, "$.limits"),
        ("limits:\n  files: many", 2, "$.limits.files"),
        ("limits:\n  files: true", 2, "$.limits.files"),
        ("site:\n  networks: [10.0.0.1/8]", 1, "$.site"),
        ("exclude:\n  - paths: [1]\n    reason: x", 2, "$.exclude[0].paths[0]"),
        ("- mode", 1, "$"),
        ("a: 1\n---\nb: 2", 2, "$"),
        ("mode: *nobody", 1, "$"),
        ("? [a]\n: b", 1, "$"),
        ("mode: !!python/object:os.system x", 1, "$"),
        ("mode: !!bool maybe", 1, "$.mode"),
        ("mode: !!int ''", 1, "$.mode"),
        ("mode: !!timestamp x", 1, "$.mode"),
        ("mode: 2020-99-99", 1, "$.mode"),
        ("mode: \0", 1, "$"),
        ("mode: " + "9" * 5000, 1, "$.mode"),
        ("a: " + "[" * 100_000, 1, "$"),
        ("- " * 100_000, 1, "$"),
        ("#" * MAX_YAML_BYTES + "\n", 1, "$"),
    ],
)
def test_a_fault_in_a_file_is_named_with_its_line_and_path(text: str, line: int, path: str) -> None:
    with pytest.raises(BadConfiguration) as caught:
        read_yaml(text.encode(), "coderev.yaml", Settings)

    assert (caught.value.facts["line"], caught.value.facts["path"]) == (line, path)
    assert str(caught.value).startswith(f"coderev.yaml:{line}: {path}: ")


def test_a_fault_that_a_type_cannot_say_is_named_too() -> None:
    with pytest.raises(BadConfiguration, match=r"^x:2: \$\.gate\.models: not here$"):
        read_yaml(b"gate:\n  models: true", "x", Settings, lambda _: [("$.gate.models", "not here")])


def test_aliases_that_multiply_are_refused() -> None:
    laughs = "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
    laughs += "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]\n" for a, b in zip("abcdef", "bcdefg", strict=True))
    start = time.process_time()

    with pytest.raises(BadConfiguration, match="too many values"):
        read_yaml(laughs.encode(), "x", Settings)

    assert time.process_time() - start < 5


def test_an_alias_of_itself_is_refused() -> None:
    with pytest.raises(BadConfiguration, match="nested too deep"):
        read_yaml(b"a: &a [*a]", "x", Settings)


@given(st.binary(max_size=40) | st.text("[]{}:-&*!?|>'\"ab1 \n#", max_size=40).map(str.encode))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_settings_or_a_fault(text: bytes) -> None:
    with contextlib.suppress(BadConfiguration):
        assert isinstance(read_yaml(text, "x", Settings), Settings)


def test_an_unreadable_file_is_an_error(home: Path, tmp_path: Path) -> None:
    folder = written(home, "{}")
    (folder / "coderev.yaml").unlink()
    (folder / "coderev.yaml").symlink_to("/proc/self/mem")

    with pytest.raises(CannotReadConfiguration):
        load(ceiling=tmp_path / "etc")


@pytest.mark.parametrize(
    ("path", "pattern", "expected"),
    [
        ("a/b.py", "*.py", True),
        ("a/b.py", "b.py", True),
        ("a/b.py", "a", True),
        ("a/b.py", "a/", True),
        ("x/a/b.py", "a/", True),
        ("a", "a/", False),
        ("a/b.py", "/b.py", False),
        ("b.py", "/b.py", True),
        ("a/b/c.py", "a/*.py", False),
        ("a/b/c.py", "a/**/c.py", True),
        ("a/c.py", "a/**/c.py", True),
        ("a/b/c.py", "a/**", True),
        ("a/b/c.py", "**/c.py", True),
        ("a/b/c.py", "**/c", False),
        ("ab.py", "a?.py", True),
        ("a/.py", "a?.py", False),
        ("a+b (1).py", "a+b (1).py", True),
        ("[x].py", "[x].py", True),
        ("a\nb.py", "*.py", True),
        ("é/x", "é/", True),
    ],
)
def test_a_pattern_names_paths(path: str, pattern: str, expected: bool) -> None:
    assert matches(path, (pattern,)) is expected
    assert matches(path, ("nothing", pattern)) is expected


def test_no_pattern_of_a_repository_makes_us_slow() -> None:
    start = time.process_time()

    assert not matches("a" * 2000, ("*a" * 30 + "b",))
    assert not matches("a/" * 1000, ("**/a/" * 20 + "b",))

    assert time.process_time() - start < 2


def test_the_environment_is_read_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEREV_SOMETHING", "1")

    assert environment("CODEREV_SOMETHING") == "1"
