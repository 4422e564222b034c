"""Writes the reference pages that are made from the code: `make docs`. A test holds each page to what this writes."""

import ast
import importlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from coderev.errors import CoderevError

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "coderev"


def errors() -> str:
    """Each error that is raised: what it says, who must act, the next step."""
    from coderev import errors as families

    page = [
        "# Errors\n",
        "An error says what happened with the facts, then a hint with the next step. Who must act decides the exit",
        "status: the person who typed the command (2), the security officer (3), the operator (4), or we (70).\n",
    ]
    for family in (families.InputError, families.TrustError, families.Unavailable, families.Bug):
        page.append(f"## {family.__name__}: exit status {family.exit_status}, HTTP {family.http_status}\n")
        page.append(f"{(family.__doc__ or '').strip()}\n")
        for error in sorted(_leaves(family), key=lambda leaf: leaf.__name__):
            summary = (error.__doc__ or "").strip().partition("\n\n")[0].replace("\n", " ")
            page.append(f"### {error.__name__}\n\n{' '.join(summary.split())}\n")
            page.append(f"    error: {error.message}\n    hint: {error.hint}\n")
    return "\n".join(page)


def _leaves(family: type[CoderevError]) -> Iterator[type[CoderevError]]:
    for module in sorted(PACKAGE.rglob("*.py")):
        if module.stem != "__main__":
            importlib.import_module(
                ".".join(module.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
            )
    return (leaf for leaf in family.__subclasses__() if leaf.__module__.startswith("coderev."))


def settings() -> str:
    """Each key of coderev.yaml: type, default, meaning."""
    source = (PACKAGE / "settings.py").read_text(encoding="utf-8")
    classes = {node.name: node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)}
    rows = list(_keys(classes, source.splitlines(), "Settings", ""))
    return SETTINGS_PAGE.format(rows="\n".join(rows))


SETTINGS_PAGE = """# Settings

`coderev.yaml` of a site, or of a person. Where `/etc/coderev/` exists it is the ceiling: the folder of `--config`,
`CODEREV_CONFIG` or the user's `coderev` folder (the first that is given) can only tighten it. Unknown and duplicate
keys and wrong types are refused, with file, line and path.

Patterns of paths: `**` crosses folders, `*` and `?` do not; a pattern without a slash names a file or folder at any
depth.

| key | type | default | meaning |
|---|---|---|---|
{rows}

Beside it stand `model_registry.yaml` ([reference](model-registry.md)) and `routing_policies.yaml`
([reference](routing-policies.md)).

A repository may hold `.coderev.yaml`, read from the base of a change: `guidelines` (lines quoted to models), `ignore`
(paths that models are not asked about), `languages` (pattern to language) and `fail_on` (counts where it is stricter).
It can make a review stricter, never weaker.
"""


def recipe() -> str:
    """Each key of bundle.yaml: type, default, meaning."""
    classes: dict[str, ast.ClassDef] = {}
    lines: dict[str, list[str]] = {}
    for module in ("format/entries.py", "recipe.py"):
        source = (PACKAGE / "bundle" / module).read_text(encoding="utf-8")
        for node in ast.parse(source).body:
            if isinstance(node, ast.ClassDef):
                classes[node.name], lines[node.name] = node, source.splitlines()
    return RECIPE_PAGE.format(rows="\n".join(_recipe_keys(classes, lines, "Recipe", "")))


def _recipe_keys(
    classes: dict[str, ast.ClassDef], lines: dict[str, list[str]], name: str, prefix: str
) -> Iterator[str]:
    for node in classes[name].body:
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            continue
        kind = ast.unparse(node.annotation).removesuffix(" | None")
        called, default = node.target.id, ast.unparse(node.value) if node.value else "required"
        if renamed := re.fullmatch(r"msgspec\.field\(name='(\w+)'\)", default):
            called, default = renamed[1], "required"
        meaning = lines[name][node.lineno - 1].partition("  # ")[2].strip()
        below = next((each for each in re.findall(r"\w+", kind) if each in classes), None)
        yield f"| `{prefix}{called}` | {_recipe_kind(kind)} | `{RECIPE_VALUES.get(default, default)}` | {meaning} |"
        if below is not None:
            listed = "[]" if "tuple[" in kind else ""
            yield from _recipe_keys(classes, lines, below, f"{prefix}{called}{listed}.")


def _recipe_kind(kind: str) -> str:
    kind = re.sub(r"^Annotated\[(.+), .+\]$", r"\1", kind)
    if kind.startswith("tuple["):
        return f"list of {_recipe_kind(kind.removeprefix('tuple[').removesuffix(', ...]'))}"
    return RECIPE_WORDS.get(kind) or _spoken(kind)


RECIPE_VALUES = {"PART_BYTES": "3900 MiB", "Assumes()": "nothing"}
RECIPE_WORDS = {
    "Assumes": "keys below",
    "Check": "`files`, `config`, `review`, `http`",
    "Count": "number from 0 on",
    "Database": "keys below",
    "Literal['0644', '0755', 420, 493]": "`0644`, `0755`",
    "ModelEntry": "keys below",
    "Name": "name",
    "PathText": "path of the tree",
    "Patterns": "list of patterns",
    "Positive": "number from 1 on",
    "Program": "name of a program",
    "Reference": "name, may have `/`, `:` and `@`",
    "RoleName": "`station`, `app`, `gpu`",
    "Roles": "list of `station`, `app`, `gpu`",
    "SiteName": "name or `*`",
    "Text": "text",
    "TreeEntry": "keys below",
    "datetime": "time with its zone, such as 2036-01-01T00:00:00Z",
    "int | str": "bytes, or a size such as 25 GB or 2 GiB",
    "str | ImageEntry": "text, or the keys below",
}
RECIPE_PAGE = """# The recipe of a bundle

`coderev bundle create` makes what a `bundle.yaml` describes ([the first one, step by
step](../tutorial/first-air-gapped-install.md)). Paths of `from` count from the recipe's folder. Unknown and duplicate
keys and wrong types are refused, with file, line and path; paths of the tree keep to
[clause 3](../../spec/bundle.md). A name is 1 to 64 of `a-z`, `0-9`, `.`, `_` and `-`.

```yaml
product: coderev
channel: stable
seq: 8
version: "1.8"
expires: 2036-01-01T00:00:00Z
media_size: 25 GB
roles: [app, gpu]
licences: [Apache-2.0]
tree:
  - from: app
    to: app
    exclude: ["*.pyc", "tests/**"]
images:
  - docker-archive:images/vcai.tar
  - {{from: "oci:images/crai:1.8", name: "crai:1.8", roles: [app]}}
models:
  - from: models/small
    to: models/small
    name: small
    licence: Apache-2.0
    use_policy: code review inside the hospital
    quantisation: bf16
    roles: [gpu]
```

| key | type | default | meaning |
|---|---|---|---|
{rows}

Where images come from: `oci:FOLDER[:TAG]`, `oci-archive:FILE[:TAG]`, `docker-archive:FILE[:NAME:TAG]`, which coderev
reads itself; `docker-daemon:NAME:TAG`, for which `skopeo` must be there. Nothing is fetched from a registry.
"""


def _keys(classes: dict[str, ast.ClassDef], lines: list[str], name: str, prefix: str) -> Iterator[str]:
    for node in classes[name].body:
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            continue
        kind = ast.unparse(node.annotation)
        if kind in classes:
            yield from _keys(classes, lines, kind, f"{prefix}{node.target.id}.")
            continue
        inner = kind.removeprefix("tuple[").removesuffix(", ...]")
        default = ast.unparse(node.value) if node.value else "required"
        meaning = (lines[node.lineno - 1].partition("  # ")[2] or _summary(classes, inner)).strip()
        yield f"| `{prefix}{node.target.id}` | {_spoken(kind)} | `{default}` | {meaning} |"
        if inner in classes:
            yield from _keys(classes, lines, inner, f"{prefix}{node.target.id}[].")


def _spoken(kind: str) -> str:
    kind = kind.removesuffix(" | None")  # the default says so
    kind = re.sub(r"^Annotated\[(.+?), msgspec\.Meta\(.*\)\]$", r"\1", kind)
    if kind.startswith("tuple["):
        return f"list of {_spoken(kind.removeprefix('tuple[').removesuffix(', ...]'))}"
    if kind.startswith("Literal["):
        return ", ".join(f"`{word}`" for word in ast.literal_eval(f"[{kind[8:-1]}]"))
    plain = {"str": "text", "int": "number", "float": "number", "bool": "true or false"}
    return plain.get(kind) or f"`{kind}`"


def _summary(classes: dict[str, ast.ClassDef], name: str) -> str:
    return (ast.get_docstring(classes[name]) or "").partition("\n")[0] if name in classes else ""


def commands() -> str:
    """The help of each command, as the command prints it."""
    from coderev.cli import coderev

    page = [
        "# Commands\n",
        "What `--help` prints. Exit status of every command: 0 done (of a review: pass), 1 findings at or above the",
        "gate, 2 wrong input or configuration, 3 trust refused, 4 unavailable or incomplete, 70 a fault of coderev.\n",
    ]
    for path, command in _commands(coderev, "coderev"):
        context = click.Context(command, info_name=path, terminal_width=100, max_content_width=100)
        page.append(f"## {path}\n\n```text\n{command.get_help(context)}\n```\n")
    return "\n".join(page)


def _commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            below = command.get_command(click.Context(command), name)
            if below is not None:
                yield from _commands(below, f"{path} {name}")


def detectors() -> str:
    """What is found and redacted."""
    from coderev.sensitive import reference

    return reference()


def severities() -> str:
    """The table from analyser codes to severity."""
    from coderev.analysis import severity_page

    return severity_page()


def structures() -> str:
    """What is layout and what is meaning in each language that has structure keys."""
    from coderev.syntax.structure import DIALECTS

    languages: dict[str, list[str]] = {}
    for language, module in DIALECTS.items():
        languages.setdefault(module, []).append(language)
    page = [STRUCTURES_PAGE]
    for module, names in sorted(languages.items()):
        said = importlib.import_module(f"coderev.syntax.structure.{module}").__doc__ or ""
        page.append(f"## {', '.join(names)}\n\n{said.strip()}\n")
    return "\n".join(page)


def compiled_packs() -> str:
    """The built-in rule packs as JSON, each by the digest of its YAML."""
    from coderev.analysis.taint.loading import compiled

    return compiled()


def pack_schema() -> str:
    """The JSON schema of a rule pack."""
    from coderev.analysis.taint.loading import schema

    return schema()


def api() -> str:
    """Each operation of the service's API."""
    from coderev.server.api.reference import reference_page
    from coderev.server.routes import ROUTES

    return reference_page(ROUTES)


def openapi() -> str:
    """The OpenAPI document of the service."""
    from coderev.server.api.reference import openapi_file
    from coderev.server.routes import ROUTES

    return openapi_file(ROUTES)


STRUCTURES_PAGE = """# What is layout, and what is meaning

Recall serves an answer for code of the same structure ([why](../explanation/recall.md)). What a structure key forgets
of a language, and what it tells, is written in that language's module in `src/coderev/syntax/structure/`, which this
page is made from; which names are local stands in the section `locals` of its file in `src/coderev/syntax/languages/`.
Both are tested pair by pair in `tests/syntax/`. A language that is not here has the exact tier only.
"""


PAGES: dict[str, Callable[[], str]] = {
    "docs/reference/api.md": api,
    "docs/reference/bundle-recipe.md": recipe,
    "docs/reference/commands.md": commands,
    "docs/reference/detectors.md": detectors,
    "docs/reference/errors.md": errors,
    "docs/reference/settings.md": settings,
    "docs/reference/structure-keys.md": structures,
    "spec/analyser-severity.md": severities,
    "spec/openapi.json": openapi,
    "spec/rule-pack.schema.json": pack_schema,
    "src/coderev/analysis/taint/packs/compiled.json": compiled_packs,
}


if __name__ == "__main__":
    for page, made in PAGES.items():
        (ROOT / page).write_text(made(), encoding="utf-8")
