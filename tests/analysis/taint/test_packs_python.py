"""The Python packs on small programs: each finds what `cases/python_packs.yaml` says, and never what it says not to."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from coderev.analysis.taint import trace

CASES: dict[str, dict[str, Any]] = yaml.load(
    (Path(__file__).parent / "cases" / "python_packs.yaml").read_bytes(),
    Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader),
)
FLASK = """
from flask import Flask, request, session, redirect, make_response, Response, render_template, render_template_string
from flask import send_file, jsonify, url_for, abort
import os, subprocess, pickle, sqlite3, html, shlex, hashlib, random, logging
app = Flask(__name__)
"""


def rules_of(case: dict[str, Any]) -> set[str]:
    program = FLASK * case.get("flask", False) + case["code"]
    return {flow.rule.id for flow in trace({case.get("path", "app.py"): program.encode()}).flows}


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "finds" in case])
def test_what_is_wrong_is_found(name: str) -> None:
    assert set(CASES[name]["finds"]) <= rules_of(CASES[name])


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "never" in case])
def test_what_is_right_is_left_alone(name: str) -> None:
    assert set(CASES[name]["never"]) & rules_of(CASES[name]) == set()


def test_every_case_claims_something() -> None:
    assert [name for name, case in CASES.items() if not case.get("finds") and not case.get("never")] == []


def test_the_principal_weaknesses_have_cases_of_both_sorts() -> None:
    found = {rule for case in CASES.values() for rule in case.get("finds", ())}
    avoided = {rule for case in CASES.values() for rule in case.get("never", ())}
    principal = {
        "path-traversal", "command-injection", "cross-site-scripting", "sql-injection", "ldap-injection",
        "code-injection", "trust-boundary", "unsafe-deserialisation", "open-redirect", "xml-external-entities",
        "xpath-injection", "server-side-request-forgery", "nosql-injection",
    }  # fmt: skip

    assert principal - found == set()
    assert principal - avoided == set()
