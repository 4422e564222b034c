"""The statements: one file for each verb, each with its reason, values in it as parameters only."""

import re
from importlib import resources
from pathlib import Path

import pytest
from stand_ins.postgres import Postgres

from coderev.store.tables.statements import LARGE_BYTES, aside, listed, page, statement

ROOM = Path(str(resources.files("coderev.store")))
FILES = sorted((ROOM / "sql").glob("*.sql"))
CALL = re.compile(r"_sql\.(?:rows?|changed|each|copy)\(\s*\"(\w+)\"")


def called() -> set[str]:
    """The statements that the tables name: `_sql.search` is one of each that has it."""
    names = set()
    for module in (ROOM / "tables").glob("*.py"):
        for text in module.read_text(encoding="utf-8").split("\nclass ")[1:]:
            table = re.search(r"Statements\(connection, \"(\w+)\"\)", text)
            if table is not None:
                verbs = CALL.findall(text) + ["search"] * ("_sql.search(" in text)
                names |= {f"{table[1]}.{verb}" for verb in verbs}
    return names


def test_each_file_is_a_verb_of_a_table_and_each_verb_has_a_file() -> None:
    names = {path.stem for path in FILES if not path.stem.startswith("prune.")}

    assert len(names) > 40
    assert names == called()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_statement_says_why_and_takes_its_values_by_name(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert text.startswith("-- ")
    assert re.sub(r"%\(\w+\)s", "", text).count("%") == 0
    assert "{" not in text
    assert len(text.splitlines()) <= 50
    assert text.encode() == statement(*path.stem.split("."))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_statement_fits_the_schema(path: Path, template: Postgres) -> None:
    """PostgreSQL parses it, with its tables, columns and functions, and with the types of its parameters."""
    names: list[str] = []

    def numbered(found: re.Match[str]) -> str:
        if found[1] not in names:
            names.append(found[1])
        return f"${names.index(found[1]) + 1}"

    text = re.sub(r"%\((\w+)\)s", numbered, path.read_text(encoding="utf-8"))
    with template.connect() as connection:
        if "\nCOPY " in text:
            columns = re.findall(r"\w+", text.partition("(")[2].partition(")")[0])
            text = f"SELECT {', '.join(columns)} FROM finding"
        connection.execute(f"PREPARE tried AS {text}".encode())


def test_what_a_page_and_a_list_of_tenants_may_be() -> None:
    assert [page(limit) for limit in (-5, 0, 7, 500, 501, 10**9)] == [0, 0, 7, 500, 500, 500]
    assert listed(None) is None
    assert listed(frozenset()) == []
    assert listed(frozenset({"b", "a\0"})) == ["a\ufffd", "b"]


@pytest.mark.parametrize("size", [0, LARGE_BYTES + 1])
async def test_what_is_large_is_done_beside_the_loop_with_the_same_outcome(size: int) -> None:
    assert await aside(size, divmod, 7, 3) == (2, 1)
