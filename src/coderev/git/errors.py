"""What can be wrong with a repository or a selection: the person who typed the command must act."""

from coderev.errors import InputError


class NotARepository(InputError):
    """There is no git repository where one was expected."""

    message = "no git repository at {path}, nor in a folder above it"
    hint = "go to a repository, name one, or review a patch with --patch FILE"


class BrokenRepository(InputError):
    """A git repository is there and cannot be used."""

    message = "the git repository {path} cannot be used: {reason}"
    hint = "see what `git fsck` says there; a new clone with `--ref-format=files` can always be read"


class NoWorkTree(InputError):
    """The selection needs a work tree, and the repository is bare."""

    message = "{path} is a bare repository: it has no work tree and no index to review"
    hint = "name a range, such as main..topic"


class UnknownRevision(InputError):
    """A name in the range is no commit of the repository."""

    message = "unknown revision {name!r}"
    hint = "see `git branch --all` for what there is; a range is written main..topic"


class UnreadableIndex(InputError):
    """The repository's index cannot be read."""

    message = "cannot read the index of {path}: {reason}"
    hint = "name a range instead, or make the index again with `git reset`"


class UnmergedIndex(InputError):
    """The index holds conflicts, so what is staged is no tree."""

    message = "the index has conflicts: {paths}"
    hint = "resolve them and `git add` the files, or leave --staged out to review the work tree"


class ObjectsMissing(InputError):
    """Commits or trees that the change needs are not in the repository."""

    message = "the repository lacks objects that the change needs: {reason}"
    hint = "coderev never fetches; run `git fetch --unshallow` or `git fetch --refetch` there, then review again"


class ChangeTooLarge(InputError):
    """git wrote more about the change than is read."""

    message = "`git {command}` wrote more than {bytes} bytes"
    hint = "review a smaller range"
