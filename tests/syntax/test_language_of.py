import pytest

from coderev.syntax import LANGUAGES, language_of
from coderev.syntax.grammars import ROWS, grammar, kinds, sections
from coderev.syntax.queries import own_query
from coderev.syntax.structure import DIALECTS


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("a.py", "python"),
        ("types/a.pyi", "python"),
        ("A.PYW", "python"),
        ("a.mjs", "javascript"),
        ("a.cjs", "javascript"),
        ("a.jsx", "javascript"),
        ("a.d.ts", "typescript"),
        ("a.mts", "typescript"),
        ("a.tsx", "tsx"),
        ("A.java", "java"),
        ("a_test.go", "go"),
        ("a.c", "c"),
        ("a.h", "c"),
        ("a.C", "cpp"),
        ("a.hpp", "cpp"),
        ("a.cxx", "cpp"),
        ("a.cs", "csharp"),
        ("a.rs", "rust"),
        ("lib/tasks/a.rake", "ruby"),
        ("Gemfile", "ruby"),
        ("dir.d/Rakefile", "ruby"),
        ("a.phtml", "php"),
        ("a.bash", "bash"),
        ("home/.bashrc", "bash"),
        ("README.md", None),
        ("Makefile", None),
        ("py", None),
        ("dir.py/file", None),
        ("", None),
    ],
)
def test_a_name_shows_its_language(path: str, language: str | None) -> None:
    assert language_of(path) == language


@pytest.mark.parametrize(
    ("first_line", "language"),
    [
        (b"#!/usr/bin/python3.11", "python"),
        (b"#!/usr/bin/env python", "python"),
        (b"#! /usr/bin/env -S python3 -u", "python"),
        (b"#!/usr/bin/env PYTHONPATH=. python3", "python"),
        (b"#!/bin/sh -e", "bash"),
        (b"#!/usr/bin/env node", "javascript"),
        (b"#!/usr/bin/env ts-node", "typescript"),
        (b"#!ruby", "ruby"),
        (b"#!/usr/bin/perl", None),
        (b"#!", None),
        (b"\xff\xfe#!/bin/sh", None),
        (b"", None),
    ],
)
def test_a_script_without_extension_shows_it_in_its_first_line(first_line: bytes, language: str | None) -> None:
    assert language_of("bin/run", first_line + b"\nrest\n") == language


def test_the_first_line_of_a_file_with_an_extension_does_not_count() -> None:
    assert language_of("a.md", b"#!/bin/sh\n") is None


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (b"#include <stdio.h>\nstruct a { int class_; };\n", "c"),
        (b'#ifdef __cplusplus\nextern "C" {\n#endif\nint f(void);\n', "c"),
        (b"/* a class of errors */\nint f(void);\n", "c"),
        (b"#include <vector>\n", "cpp"),
        (b"namespace a {\n}\n", "cpp"),
        (b"#pragma once\nclass A {\n  public:\n};\n", "cpp"),
        (b"template <class T> T f(T);\n", "cpp"),
    ],
)
def test_a_header_is_c_unless_a_line_begins_as_only_cpp_can(header: bytes, language: str) -> None:
    assert language_of("a.h", header) == language


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_section_of_a_language_file_compiles_and_names_real_kinds(language: str) -> None:
    assert list(sections(language))[:6] == ["units", "blocks", "calls", "names", "comments", "verbatim"]
    assert ("locals" in sections(language)) == (language in DIALECTS)
    for section in sections(language):
        own_query(language, section)
    for kind in kinds(language, "blocks") | kinds(language, "verbatim"):
        assert grammar(language).id_for_node_kind(kind, True) is not None


def test_no_two_languages_claim_one_name() -> None:
    for column in ("extensions", "file_names", "interpreters"):
        claimed = [name for row in ROWS.values() for name in getattr(row, column).split()]
        assert len(claimed) == len(set(claimed))
