"""`coderev explain`: one finding of a result, with all that is known of it."""

from pathlib import Path

import click

from coderev.analysis import remedy
from coderev.cli.last import read_result
from coderev.cli.output import on_terminal, write_stdout
from coderev.errors import InputError
from coderev.finding import Finding
from coderev.report import explain


class NoSuchFinding(InputError):
    """No finding of the result, or more than one, has that fingerprint."""

    message = "{count} findings of {result} have a fingerprint that begins with {fingerprint}"
    hint = "take the whole fingerprint from `coderev review --format json`"


@click.command("explain")
@click.argument("fingerprint")
@click.option("--from", "from_", type=click.Path(path_type=Path, dir_okay=False), help="A JSON result; else the last.")
def command(fingerprint: str, from_: Path | None) -> None:
    """Show the steps of a finding, and code that is safe. FINGERPRINT may be its first digits.

    The same flaw in several files has one fingerprint: each of them is shown.
    """
    result = read_result(from_)
    found: list[Finding] = [finding for finding in result.findings if finding.fingerprint.startswith(fingerprint)]
    if len({finding.fingerprint for finding in found}) != 1:
        raise NoSuchFinding(count=len(found) or "no", result=from_ or "the last result", fingerprint=fingerprint)
    shown = (explain(finding, safe=remedy(finding.rule, finding.path), colour=on_terminal()) for finding in found)
    write_stdout("\n".join(shown).encode())
