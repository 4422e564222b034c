"""git, on hostile repositories: nothing of theirs runs, and nothing of theirs changes what we see.

How (DESIGN 5.1), in order:

1. `place`: find their git-dir by looking, without git.
2. `scratch`: make a git-dir of our own, empty and bare, whose `objects/info/alternates` names their objects;
   attributes, hooks, filters, replacements, lazy fetches and protocols are off in it.
3. `references`: copy as data what a review must know; of their configuration only the object format, whether
   modes count, and which branch follows which, parsed from standard input.
4. `selection`: turn what is asked for into two trees. `worktree` reads files itself, never through a link,
   stores them without filters in our objects, and names them in our copy of the index.
5. `comparison`: compare the two trees.

`fetch` is apart: what brings a merge request here in the first place, into a repository of ours
(`from coderev.git import fetch`; nobody else pays for it).
"""

from coderev.git.place import top_of
from coderev.git.repository import Repository, open_repository
from coderev.git.selection import Everything, Patch, Range, Selection, Staged, WorkTree, change_between

__all__ = [
    "Everything",
    "Patch",
    "Range",
    "Repository",
    "Selection",
    "Staged",
    "WorkTree",
    "change_between",
    "open_repository",
    "top_of",
]
