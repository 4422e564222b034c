"""A paper repository: real git, nothing of this machine's configuration, the same ids on every run."""

import os
import shutil
import subprocess
from pathlib import Path

FIRST_COMMIT = 1_700_000_000  # seconds since 1970, UTC; each commit is a minute later than the one before


class PaperRepository:
    """A git repository in a folder of its own, on branch `main`, with no commit yet.

    Folders are made as needed; a path may be text or the bytes that the file system holds.
    `init` holds more arguments of `git init`, such as `--bare` or `--object-format=sha256`.
    """

    def __init__(self, folder: Path, *init: str) -> None:
        self.folder = folder
        self._clock = FIRST_COMMIT
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main", *init, ".")

    def path(self, path: str | bytes) -> Path:
        """Where a file of the work tree lies."""
        return self.folder / os.fsdecode(path)

    def write(self, path: str | bytes, content: str | bytes, mode: int = 0o644) -> Path:
        """Write a file of the work tree."""
        place = self.path(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)
        place.chmod(mode)
        return place

    def link(self, path: str | bytes, target: str | bytes | Path) -> Path:
        """Make a symbolic link in the work tree."""
        place = self.path(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(os.fsdecode(target))
        return place

    def remove(self, path: str | bytes) -> None:
        """Remove a file or a folder of the work tree."""
        place = self.path(path)
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        else:
            place.unlink()

    def commit(self, message: str = "a change") -> str:
        """Commit the whole work tree as it stands, and return the commit's id."""
        self.git("add", "--all", ".")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def branch(self, name: str) -> None:
        """Start a branch at HEAD and go there."""
        self.git("checkout", "--quiet", "-b", name)

    def checkout(self, name: str) -> None:
        """Go to a branch or a commit."""
        self.git("checkout", "--quiet", name)

    def bundle(self, path: Path) -> Path:
        """Write all branches to a bundle file."""
        self.git("bundle", "create", "--quiet", str(path.absolute()), "--all")
        return path

    def git(self, *arguments: str, stdin: bytes = b"", check: bool = True) -> str:
        """Run git here and return what it printed, without the last line end."""
        self._clock += 60
        done = subprocess.run(
            ["git", *arguments], cwd=self.folder, env=self.environment(), input=stdin, capture_output=True, check=False
        )
        if check and done.returncode:
            complaint = f"git {' '.join(arguments)}: {done.stderr.decode(errors='replace')}"
            raise AssertionError(complaint)
        return os.fsdecode(done.stdout).removesuffix("\n")

    def environment(self) -> dict[str, str]:
        who = {"NAME": "Paula Paper", "EMAIL": "paula@paper.test", "DATE": f"{self._clock} +0000"}
        return {
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            "HOME": str(self.folder.parent / "nobody"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            **{f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in who.items()},
        }
