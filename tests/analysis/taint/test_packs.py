"""Rule packs: what is wrong with one is told where it stands, and the built-in ones keep their specification."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import re2
import yaml
from hypothesis import given
from hypothesis import strategies as st

from coderev.analysis.taint.catalogue import Catalogue
from coderev.analysis.taint.contexts import CONTEXTS, KINDS
from coderev.analysis.taint.known import KNOWN
from coderev.analysis.taint.loading import BUILT_IN, COMPILED, CannotReadPacks, compiled, packs, schema
from coderev.analysis.taint.pack import Condition, Pack, Row, TypeRow
from coderev.analysis.taint.pack_faults import faults
from coderev.settings import BadConfiguration, read_yaml

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "src" / Path(*BUILT_IN.split("."))
FILES = sorted(FOLDER.glob("*.yaml"))
SPECIFICATION = (ROOT / "spec" / "rule-pack.md").read_text(encoding="utf-8")
HEAD = "schema: 1\nname: site\nlanguages: [python]\n"
PRINCIPAL = (22, 78, 79, 89, 90, 94, 501, 502, 601, 611, 643, 918, 1321, 943)
FURTHER = (
    73, 88, 91, 93, 95, 113, 116, 117, 134, 209, 295, 297, 312, 319, 321, 326, 327, 328, 330, 338, 346, 347, 352, 367,
    377, 384, 409, 427, 434, 470, 489, 494, 522, 532, 598, 614, 640, 732, 759, 770, 776, 798, 807, 843, 915, 916, 942,
    1004, 1204, 1236, 1275, 1327, 1333, 1336,
)  # fmt: skip


def rows(value: object) -> Iterator[Row]:
    """A row and all that it holds."""
    if isinstance(value, Row):
        yield value
        for field in value.__struct_fields__:
            yield from rows(getattr(value, field))
    elif isinstance(value, tuple | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from rows(each)


def site(folder: Path, text: str, name: str = "site.yaml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


# --- what is wrong with a pack


@pytest.mark.parametrize(
    ("rest", "line", "path", "reason"),
    [
        (
            "sinks:\n  - call: [f]\n    context: sqll\n    rule: sql-injection\n",
            6,
            "$.sinks[0].context",
            "no context is named `sqll`",
        ),
        (
            "sinks:\n  - call: [f]\n    context: sql\n    rule: no-rule\n",
            7,
            "$.sinks[0].rule",
            "no pack has a rule `no-rule`",
        ),
        (
            "sinks:\n  - call: [f]\n    at: [0, 0//x]\n    context: sql\n    rule: sql-injection\n",
            6,
            "$.sinks[0].at[1]",
            "`0//x` is no place",
        ),
        (
            "sinks:\n  - {call: [f], at: [-1], context: sql, rule: sql-injection}\n",
            5,
            "$.sinks[0].at[0]",
            "`-1` is no place",
        ),
        (
            "sinks:\n  - {call: [f], kinds: [stranger], context: sql, rule: sql-injection}\n",
            5,
            "$.sinks[0].kinds[0]",
            "no kind of source is named `stranger`",
        ),
        (
            "sinks:\n  - {call: [a b], context: sql, rule: sql-injection}\n",
            5,
            "$.sinks[0].call[0]",
            "`a b` is no dotted name",
        ),
        (
            "sinks:\n  - {context: sql, rule: sql-injection}\n",
            5,
            "$.sinks[0]",
            "the row names nothing that it is about",
        ),
        (
            "sanitisers:\n  - {call: [f], clears: [everything]}\n",
            5,
            "$.sanitisers[0].clears[0]",
            "no context is named `everything`",
        ),
        (
            "propagators:\n  - {call: [f], origins: [0], sets: [htm]}\n",
            5,
            "$.propagators[0].sets[0]",
            "no context is named `htm`",
        ),
        ("sources:\n  - {call: [f], note: x, clean: [al]}\n", 5, "$.sources[0].clean[0]", "no context is named `al`"),
        (
            "sources:\n  - {call: [f], note: x, kind: guest}\n",
            5,
            "$.sources[0].kind",
            "no kind of source is named `guest`",
        ),
        (
            "guards:\n  - {call: [f], at: 0, clears: [sql], when: [{at: 1}]}\n",
            5,
            "$.guards[0].when[0]",
            "the condition demands nothing",
        ),
        (
            "configuration:\n  - {call: [f], rule: debug-mode, when: [{at: 1, matches: '(?=x)'}]}\n",
            5,
            "$.configuration[0].when[0].matches",
            "not a pattern of RE2",
        ),
        (
            "configuration:\n  - {assign: [F], files: '(', rule: debug-mode}\n",
            5,
            "$.configuration[0].files",
            "not a pattern of RE2",
        ),
        (
            "entries:\n  - {decorator: [f], route: {pattern: x}}\n",
            5,
            "$.entries[0].route.pattern",
            "the pattern has no group `name`",
        ),
        ("entries:\n  - {call: [f]}\n", 5, "$.entries[0]", "`at` must say which arguments of the call are entries"),
        (
            "entries:\n  - {decorator: [f], returns: [{context: html, rule: nothing}]}\n",
            5,
            "$.entries[0].returns[0].rule",
            "no pack has a rule `nothing`",
        ),
        (
            "entries:\n  - {decorator: [f], by_name: {request: {kind: x}}}\n",
            5,
            "$.entries[0].by_name.request.kind",
            "no kind of source is named `x`",
        ),
        ("ends: [a b]\n", 4, "$.ends[0]", "`a b` is no dotted name"),
        ("types:\n  - {type: a.B, inherits: [a..C]}\n", 5, "$.types[0].inherits[0]", "`a..C` is no dotted name"),
        ("sinks: []\nsinks: []\n", 5, "$.sinks", "this key stands twice"),
        ("sources:\n  - {call: [f], notes: x}\n", 5, "$.sources[0].notes", "Object contains unknown field `notes`"),
    ],
)
def test_what_is_wrong_with_a_pack_is_told_with_file_line_and_path(
    tmp_path: Path, rest: str, line: int, path: str, reason: str
) -> None:
    folder = site(tmp_path, HEAD + rest)

    with pytest.raises(BadConfiguration) as caught:
        packs(folder)

    assert str(caught.value).startswith(f"{folder}/site.yaml:{line}: {path}: {reason}")


@pytest.mark.parametrize(
    ("changed", "path", "reason"),
    [
        ({"id": "Bad Id"}, "$.rules[0].id", "`Bad Id` is no id"),
        ({"id": "sql-injection"}, "$.rules[0].id", "there is a rule `sql-injection` already"),
        ({"cwe": "89"}, "$.rules[0].cwe", "`89` is not as `CWE-89`"),
        ({"severity": "awful"}, "$.rules[0].severity", "Invalid enum value 'awful'"),
        ({"message": "{who} did it"}, "$.rules[0].message", "a message may name `{source}` and `{sink}`, not `{who}`"),
        ({"message": "an open {"}, "$.rules[0].message", "single '{' encountered"),
    ],
)
def test_what_is_wrong_with_a_rule_is_told(tmp_path: Path, changed: dict[str, str], path: str, reason: str) -> None:
    rule = {"id": "own", "cwe": "CWE-1", "title": "t", "severity": "low", "message": "m", "advice": "a"} | changed
    folder = site(tmp_path, HEAD + yaml.safe_dump({"rules": [rule]}))

    with pytest.raises(BadConfiguration, match=re.escape(f"{path}: {reason}")):
        packs(folder)


def test_two_packs_of_one_name_are_refused_at_the_second(tmp_path: Path) -> None:
    site(tmp_path, HEAD, "a.yaml")
    site(tmp_path, HEAD, "b.yaml")

    with pytest.raises(BadConfiguration, match=r"b\.yaml:2: \$\.name: there is a pack `site` already"):
        packs(tmp_path)


def test_a_pack_may_not_take_the_name_of_a_built_in_one(tmp_path: Path) -> None:
    folder = site(tmp_path, HEAD.replace("site", "python-flask"))

    with pytest.raises(BadConfiguration, match="there is a pack `python-flask` already"):
        packs(folder)


def test_a_rule_may_stand_in_a_file_after_the_one_that_uses_it(tmp_path: Path) -> None:
    rule = "rules:\n  - {id: own, cwe: CWE-1, title: t, severity: low, message: m, advice: a}\n"
    site(tmp_path, HEAD.replace("site", "first") + "sinks:\n  - {call: [f], context: sql, rule: own}\n", "a.yaml")
    site(tmp_path, HEAD.replace("site", "second") + rule, "b.yaml")

    assert [pack.name for pack in packs(tmp_path)[-2:]] == ["first", "second"]


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotReadPacks, match="No such file"):
        packs(tmp_path / "none")


def test_other_files_of_the_folder_are_left_alone(tmp_path: Path) -> None:
    site(tmp_path, "not: [a pack", "notes.txt")

    assert packs(tmp_path) == packs()


def trees(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    keys = st.sampled_from([*Pack.__struct_fields__, "call", "at", "when"])
    return st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=9), trees))
def test_any_yaml_is_a_pack_or_one_error_of_its_file(document: object) -> None:
    refused = ""
    try:
        read_yaml(yaml.safe_dump(document).encode(), "any.yaml", Pack, faults)
    except BadConfiguration as error:
        refused = str(error)

    assert refused == "" or refused.startswith("any.yaml:")


# --- the built-in packs


def test_every_weakness_has_one_rule_and_languages_share_it() -> None:
    found = sorted(
        int(rule.cwe.removeprefix("CWE-")) for pack in packs() for rule in pack.rules if pack.name == "rules"
    )

    assert found == sorted((*PRINCIPAL, *FURTHER))


def test_every_weakness_that_python_has_is_used_by_a_python_pack() -> None:
    of_python = [pack for pack in packs() if pack.languages == ("python",)]
    used = {row.rule for pack in of_python for row in rows(pack) if hasattr(row, "rule")}
    unused = {rule.id for pack in packs() if pack.name == "rules" for rule in pack.rules} - used

    assert unused == {"prototype-pollution", "check-then-use"}  # JavaScript's own, and the interpreter's


def test_the_built_in_packs_have_no_fault() -> None:
    assert [(pack.name, fault) for pack in packs() for fault in faults(pack)] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_pack_bears_the_name_of_its_file(file: Path) -> None:
    assert yaml.safe_load(file.read_bytes())["name"] == file.stem


def test_the_compiled_packs_are_what_the_yaml_says() -> None:
    assert (FOLDER / COMPILED).read_text(encoding="utf-8") == compiled(), "run `python -m docs.generate`"


def test_compiled_and_read_packs_are_equal() -> None:
    read = tuple(read_yaml(file.read_bytes(), file.name, Pack) for file in FILES)

    assert read == packs()


def test_no_python_row_hides_what_the_interpreter_knows_better() -> None:
    of_python = [pack for pack in packs() if "python" in pack.languages]
    transfers = {name for pack in of_python for row in (*pack.propagators, *pack.sanitisers) for name in row.call}

    assert transfers & set(KNOWN) == set()


def test_what_a_sink_gives_of_untrusted_data_is_decided() -> None:
    catalogue = Catalogue(packs(), "python")

    parsed = [
        catalogue.named(name) for name in ("yaml.load", "pickle.loads", "lxml.etree.fromstring", "jinja2.Template")
    ]

    assert all(model is not None and model.sinks and model.transfers for model in parsed)


# --- the catalogue


def catalogue_of(text: str) -> Catalogue:
    return Catalogue([read_yaml((HEAD + text).encode(), "site.yaml", Pack, faults)], "python")


def test_a_type_has_what_is_said_of_those_that_it_inherits_from_and_its_own_first() -> None:
    catalogue = catalogue_of(
        "types:\n  - {type: a.Child, inherits: [a.Parent]}\n  - {type: a.Grandchild, inherits: [a.Child]}\n"
        "sinks:\n  - {call: [a.Parent.run], context: sql, rule: r}\n"
        "  - {call: [a.Child.run], context: shell, rule: r}\n"
    )

    found = catalogue.named("a.Grandchild.run")

    assert found is not None
    assert [row.context for row in found.sinks] == ["shell", "sql"]
    assert catalogue.inherits("a.Grandchild") == {"a.Grandchild", "a.Child", "a.Parent"}


def test_elements_are_inherited_as_members_are() -> None:
    catalogue = catalogue_of(
        "types:\n  - {type: a.Child, inherits: [a.Parent]}\n"
        "sinks:\n  - {store: ['a.Parent[]'], context: header, rule: r}\n"
    )

    found = catalogue.named("a.Child[]")

    assert found is not None
    assert len(found.stores) == 1


def test_types_that_inherit_from_each_other_come_to_an_end() -> None:
    catalogue = catalogue_of(
        "types:\n  - {type: a.A, inherits: [a.B]}\n  - {type: a.B, inherits: [a.A]}\n"
        "sinks:\n  - {call: [a.B.f], context: sql, rule: r}\n"
    )

    assert catalogue.inherits("a.A") == {"a.A", "a.B"}
    assert catalogue.named("a.A.f") is not None
    assert catalogue.named("a.A.g") is None


def test_of_transfers_those_with_conditions_come_first_then_sanitisers() -> None:
    catalogue = catalogue_of(
        "propagators:\n  - {call: [f], origins: [0]}\n  - {call: [f], origins: [1], when: [{at: 1, absent: false}]}\n"
        "sanitisers:\n  - {call: [f], clears: [sql]}\n"
    )

    found = catalogue.named("f")

    assert found is not None
    assert [type(row).__name__ for row in found.transfers] == ["PropagatorRow", "SanitiserRow", "PropagatorRow"]


def test_what_never_returns_and_what_a_module_assigns_is_found_by_name() -> None:
    catalogue = catalogue_of(
        "ends: [a.stop]\nconfiguration:\n  - {assign: [DEBUG], rule: r, when: [{at: value, value: [true]}]}\n"
    )

    stop = catalogue.named("a.stop")

    assert stop is not None
    assert stop.ends
    assert list(catalogue.assigned) == ["DEBUG"]


def test_a_catalogue_has_the_packs_of_its_language_only() -> None:
    catalogue = Catalogue(packs(), "python")

    assert {language for pack in catalogue.packs for language in pack.languages} == {"python", "javascript"}
    assert [pack.name for pack in catalogue.packs if "python" not in pack.languages] == []
    assert set(catalogue.rules) == {rule.id for pack in packs() for rule in pack.rules}


# --- the specification


def test_the_specification_names_every_context_and_kind() -> None:
    section = SPECIFICATION[SPECIFICATION.index("## 5.") : SPECIFICATION.index("## 6.")]

    assert [word for word in (*CONTEXTS, *KINDS) if f"`{word}`" not in section] == []


def kinds_of_rows(kind: type[Row]) -> Iterator[type[Row]]:
    for below in kind.__subclasses__():
        yield below
        yield from kinds_of_rows(below)


def test_the_specification_names_every_field_of_every_row() -> None:
    fields = {field for kind in kinds_of_rows(Row) for field in kind.__struct_fields__} - {"schema", "context", "rule"}

    assert sorted(field for field in fields if f"`{field}" not in SPECIFICATION) == []


def test_the_schema_is_made_from_the_types() -> None:
    assert (ROOT / "spec" / "rule-pack.schema.json").read_text(encoding="utf-8") == schema(), (
        "run `python -m docs.generate`"
    )


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_schema_knows_every_key_of_the_built_in_packs(file: Path) -> None:
    known = json.loads(schema())["$defs"]
    document = yaml.safe_load(file.read_bytes())

    assert set(document) <= set(known["Pack"]["properties"])
    assert all(set(row) <= set(known["TypeRow"]["properties"]) for row in document.get("types", []))


def test_patterns_of_the_built_in_packs_are_searched_in_linear_time() -> None:
    patterns = [row.matches for pack in packs() for row in rows(pack) if isinstance(row, Condition) and row.matches]

    assert len(patterns) > 50
    assert all(re2.compile(pattern) for pattern in patterns)


def test_a_pack_that_was_encoded_reads_the_same() -> None:
    for pack in packs():
        assert msgspec.json.decode(msgspec.json.encode(pack), type=Pack) == pack
        assert all(isinstance(row, TypeRow) for row in pack.types)
