"""The repositories of a paper forge: real git, bare, served over HTTP by git's own `http-backend`.

    repositories = PaperRepositories(folder)
    repositories.make("team/shop", {"app.py": "…"})
    head = repositories.commit("team/shop", "fix", {"app.py": "…"})

A bare repository lies at `folder/team/shop.git`; beside it, under `folder/.work`, is a clone that commits are made in.
"""

import asyncio
import os
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from stand_ins.repository import PaperRepository

ACCEPTED = ("http.receivepack", "uploadpack.allowAnySHA1InWant", "uploadpack.allowFilter")  # as real forges have them
HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")


@dataclass(frozen=True, kw_only=True)
class PaperDiff:
    """A file of a diff; `text` holds its hunks."""

    old_path: str
    new_path: str
    text: str
    kind: str  # the letter of `git diff --name-status`: A, D, M, R

    def lines(self) -> set[tuple[int | None, int | None]]:
        """All lines by their numbers at base and at head."""
        found: set[tuple[int | None, int | None]] = set()
        old = new = 0
        for line in self.text.split("\n"):
            if hunk := HUNK.match(line):
                old, new = int(hunk[1]), int(hunk[2])
            elif line[:1] == " ":
                found.add((old, new))
                old, new = old + 1, new + 1
            elif line[:1] == "-":
                found.add((old, None))
                old += 1
            elif line[:1] == "+":
                found.add((None, new))
                new += 1
        return found


class PaperRepositories:
    """The bare repositories of one forge, by path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = threading.RLock()  # commits are made by a test's thread, and by a server's
        self._bares: dict[str, PaperRepository] = {}
        self._work: dict[str, PaperRepository] = {}

    def bare(self, path: str) -> Path:
        return self.folder / f"{path}.git"

    def make(self, path: str, files: Mapping[str, str | bytes]) -> str:
        """Make a repository with one commit on `main`, and return the commit's id."""
        with self.lock:
            self._bare(path)
            return self.commit(path, "main", files)

    def fork(self, path: str, of: str) -> None:
        """Make a repository that has all branches of another."""
        with self.lock:
            self._bare(path).git("fetch", "--quiet", str(self.bare(of)), "+refs/heads/*:refs/heads/*")

    def commit(self, path: str, branch: str, files: Mapping[str, str | bytes | None], start: str = "main") -> str:
        """Commit files (None removes one) on a branch, made from `start` if need be, push, and return the commit."""
        with self.lock:
            work = self._checked_out(path, branch, start)
            for name, content in files.items():
                if content is None:
                    work.remove(name)
                else:
                    work.write(name, content)
            commit = work.commit()
            work.git("push", "--quiet", "--force", str(self.bare(path)), f"HEAD:refs/heads/{branch}")
            return commit

    def merge(self, path: str, branch: str, commit: str) -> str:
        """Merge a commit that the repository has into a branch, and return the merge commit."""
        with self.lock:
            work = self._checked_out(path, branch, branch)
            work.git("fetch", "--quiet", str(self.bare(path)), commit)
            work.git("merge", "--quiet", "--no-ff", "--message", "merged", commit)
            work.git("push", "--quiet", str(self.bare(path)), f"HEAD:refs/heads/{branch}")
            return work.git("rev-parse", "HEAD")

    def keep(self, path: str, commit: str, ref: str, source: str) -> None:
        """Let a ref of a repository name a commit of another, or of the same."""
        with self.lock:
            self.git(path, "fetch", "--quiet", str(self.bare(source)), f"+{commit}:{ref}")

    def branches(self, path: str) -> dict[str, str]:
        """The tips of all branches."""
        listed = self.git(path, "for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads")
        return dict(line.rsplit(" ", 1) for line in listed.splitlines())

    def commit_of(self, path: str, name: str) -> str | None:
        """The commit that a branch, a tag or an id names."""
        wanted = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        return self.git(path, *wanted, check=False) or None

    def file(self, path: str, commit: str, name: str) -> bytes | None:
        """A file's content at a commit."""
        found = self.git(path, "cat-file", "-p", f"{commit}:{name}", check=False)
        known = self.git(path, "ls-tree", commit, "--", name)
        return f"{found}\n".encode() if known else None

    def merge_base(self, path: str, one: str, other: str) -> str:
        return self.git(path, "merge-base", one, other)

    def diff(self, path: str, base: str, head: str) -> list[PaperDiff]:
        """The files that differ, with three lines of context, renames followed."""
        listed = self.git(path, "diff", "--find-renames", "--name-status", "-z", base, head).split("\0")
        names: list[tuple[str, str, str]] = []
        while listed and listed[0]:
            kind, first = listed.pop(0)[0], listed.pop(0)
            names.append((kind, first, listed.pop(0) if kind == "R" else first))
        return [
            PaperDiff(old_path=old, new_path=new, kind=kind, text=self._hunks(path, base, head, (old, new)))
            for kind, old, new in names
        ]

    def git(self, path: str, *arguments: str, check: bool = True) -> str:
        return self._bare(path).git(*arguments, check=check)

    def _hunks(self, path: str, base: str, head: str, names: tuple[str, str]) -> str:
        text = self.git(path, "diff", "--find-renames", "--unified=3", base, head, "--", *dict.fromkeys(names))
        start = text.find("@@ -")
        return f"{text[start:]}\n" if start >= 0 else ""

    def _bare(self, path: str) -> PaperRepository:
        if path not in self._bares:
            self._bares[path] = PaperRepository(self.bare(path), "--bare")
            for key in ACCEPTED:
                self._bares[path].git("config", key, "true")
        return self._bares[path]

    def _checked_out(self, path: str, branch: str, start: str) -> PaperRepository:
        """The work tree of a repository, with a branch as the bare repository has it."""
        if path not in self._work:
            self._work[path] = PaperRepository(self.folder / ".work" / path)
        work, there = self._work[path], self.branches(path)
        if branch in there or start in there:
            work.git("fetch", "--quiet", str(self.bare(path)), "+refs/heads/*:refs/remotes/origin/*")
            work.git("checkout", "--quiet", "-B", branch, f"origin/{branch if branch in there else start}")
        return work


async def http_backend(folder: Path, request: web.Request, person: str) -> web.Response:
    """One request of git over HTTP, carried out by `git http-backend` as a CGI program (RFC 3875)."""
    body = await request.read()
    environment = {
        "PATH": os.environ["PATH"],
        "GIT_PROJECT_ROOT": str(folder),
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "PATH_INFO": request.path,
        "REMOTE_USER": person,
        "REQUEST_METHOD": request.method,
        "QUERY_STRING": request.query_string,
        "CONTENT_TYPE": request.headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
    }
    process = await asyncio.create_subprocess_exec(
        "git", "http-backend", env=environment, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate(body)
    head, _, content = output.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().splitlines() if ": " in line)
    status = int(headers.pop("Status", "200").split(" ")[0])
    return web.Response(status=status, body=content, headers=headers)
