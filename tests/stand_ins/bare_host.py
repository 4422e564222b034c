"""A bare host: no network, no ensurepip, nothing may run in the temporary folder, umask 077.

    ran = run_bare("sh install.sh …; …", stdin="…", own=tmp_path)

Commands see a mount namespace and a network namespace of their own; `$HOST` is as good as a disk there, and gone
afterwards, so what is to be looked at is printed by the commands.
"""

import shutil
import sysconfig
import tempfile
from pathlib import Path

from stand_ins.network import Ran, run_isolated
from stand_ins.network import missing as no_network

SET_UP = """set -e
mkdir -p {own}/host {own}/empty
mount --bind {temporary} {temporary}
mount -o remount,bind,noexec {temporary}
mount -t tmpfs tmpfs {own}/host
mount --bind {own}/empty {ensurepip}
umask 077
set +e
"""


def missing() -> str | None:
    """Why there can be no bare host here."""
    if (reason := no_network()) is not None:
        return reason
    return None if shutil.which("gpgv") and shutil.which("dash") else "gpgv or dash is not installed"


def run_bare(commands: str, *, stdin: str, own: Path) -> Ran:
    """Run commands of dash on such a host; `own` is a folder that may be written to, `$HOST` the disk of the host."""
    temporary, ensurepip = tempfile.gettempdir(), Path(sysconfig.get_path("stdlib")) / "ensurepip"
    made = SET_UP.format(own=own, temporary=temporary, ensurepip=ensurepip) + f"HOST={own}/host\n{commands}"
    return run_isolated(["dash", "-c", made], folder=own, stdin=stdin)
