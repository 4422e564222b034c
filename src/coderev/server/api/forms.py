"""What the API takes and gives, as types: the OpenAPI document is made from them, and nothing else is let in."""

from datetime import datetime
from typing import Annotated, Literal, TypeAlias, TypeVar
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from coderev.finding import Severity, Status, Verdict
from coderev.store import records

T = TypeVar("T")

MOST_ON_A_PAGE = 200

Text: TypeAlias = Annotated[str, Meta(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$", description="no controls")]
Limit: TypeAlias = Annotated[int, Meta(ge=1, le=MOST_ON_A_PAGE, description="of one page")]
Cursor: TypeAlias = Annotated[
    str, Meta(max_length=200, pattern=r"^[A-Za-z0-9_-]*$", description="`next` of the page before; empty: the first")
]
RepositoryName: TypeAlias = Annotated[
    str, Meta(max_length=300, pattern=r"^[a-z0-9][a-z0-9-]*/[^\x00-\x20\x7f]+$", description="forge/group/name")
]
Revision: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9_/+=-]*(\.[A-Za-z0-9_/+=-]+)*$",
        max_length=200,
        description="a commit's id, or the name of a branch or tag",
    ),
]


class PatchSubmission(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="patch", tag_field="kind"
):
    """A patch to review by itself: what only a whole file shows is not judged."""

    patch: Annotated[str, Meta(min_length=1, description="a unified diff, as `git diff` writes it")]
    ask: bool = True  # models too, where some are configured


class RangeSubmission(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="range", tag_field="kind"
):
    """Two revisions of a repository at a forge, which the submitter may read there."""

    forge: Annotated[str, Meta(max_length=32, pattern=r"^[a-z0-9][a-z0-9-]*$")]
    repository: Annotated[str, Meta(min_length=1, max_length=300, pattern=r"^[^\x00-\x20\x7f]*$")]  # group/name
    base: Revision
    head: Revision
    ask: bool = True  # models too, where some are configured


Submission: TypeAlias = PatchSubmission | RangeSubmission


class ReviewQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which reviews."""

    repository: RepositoryName | UnsetType = UNSET
    text: Text = ""  # in the repository or author, the merge request's number, or how the head begins
    state: records.ReviewState | UnsetType = UNSET
    verdict: Verdict | UnsetType = UNSET
    limit: Limit = 50
    cursor: Cursor = ""


class FindingQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which findings."""

    repository: RepositoryName | UnsetType = UNSET
    text: Text = ""  # in the rule, the path or the repository, or how the fingerprint begins
    severity: Severity | UnsetType = UNSET
    rule: Text | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    path: Text | UnsetType = UNSET
    current: bool = False  # of the newest review of each merge request
    limit: Limit = 50
    cursor: Cursor = ""


class DismissalQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which dismissals."""

    active: bool = True  # those that hold now
    limit: Limit = 50
    cursor: Cursor = ""


class ResultQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the result is told."""

    format: Literal["text", "json", "sarif", "markdown", "html", "gitlab", "junit"] = "json"


class NewDismissal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A decision that a finding is not to be told again, for a time."""

    review: UUID
    number: Annotated[int, Meta(ge=0, le=1_000_000, description="place in the result's list, from 0")]
    scope: records.Scope = "place"
    reason: records.Reason
    days: Annotated[int, Meta(ge=1, le=3_650)]
    note: Annotated[str, Meta(max_length=1_000, pattern=r"^[^\x00]*$")] = ""


class NewToken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A token to make. Without a subject or a login: one's own."""

    name: Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]
    role: records.Role
    subject: Annotated[str, Meta(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    login: Annotated[str, Meta(max_length=240, pattern=r"^[^\x00-\x20\x7f]*$")] = ""  # forge:login
    days: Annotated[int, Meta(ge=1, le=3_650)] = 30


class ReviewAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A review's metadata."""

    id: UUID
    forge: str | None
    repository: str | None  # group/name
    number: int | None  # of the merge request
    state: records.ReviewState
    stage: str
    verdict: Verdict | None
    base: str
    head: str
    requested_by: str
    request_id: str
    created: datetime
    started: datetime | None
    ended: datetime | None
    attempts: int
    findings_new: int
    findings_all: int
    failure: str


class ReviewPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of reviews, newest first; `next` is the cursor of the page after it."""

    items: tuple[ReviewAnswer, ...]
    next: str | None


class FindingAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A finding's metadata: its words and its code are in the review's result."""

    review: UUID
    number: int
    created: datetime
    forge: str | None
    repository: str | None
    fingerprint: str
    rule: str
    severity: str
    confidence: str
    category: str
    cwe: str | None
    status: str
    source: str
    path: str
    start_line: int
    end_line: int


class FindingPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of findings, those of the newest reviews first."""

    items: tuple[FindingAnswer, ...]
    next: str | None


class DismissalAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A dismissal, without its note."""

    id: int
    forge: str
    repository: str
    number: int | None
    scope: records.Scope
    fingerprint: str
    rule: str
    path: str
    reason: records.Reason
    author: str
    created: datetime
    expires: datetime
    revoked: datetime | None
    revoked_by: str | None


class DismissalPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of dismissals, newest first."""

    items: tuple[DismissalAnswer, ...]
    next: str | None


class TokenAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A token without its secret."""

    id: int
    name: str
    subject: str
    role: records.Role
    login: str
    created: datetime
    created_by: str
    expires: datetime
    used: datetime | None
    revoked: datetime | None


class TokenList(msgspec.Struct, frozen=True, kw_only=True):
    """All tokens that one may know of."""

    items: tuple[TokenAnswer, ...]


class TokenMade(msgspec.Struct, frozen=True, kw_only=True):
    """A new token. The secret is shown this once."""

    secret: str
    token: TokenAnswer


class JobAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A job that failed for good."""

    id: int
    task: str
    repository: str
    attempt: int
    failure: str


class QueueAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The queue: how many jobs are ready, wait for their time and run; and those that a person may replay."""

    ready: int
    later: int
    running: int
    dead: tuple[JobAnswer, ...]


class ModelAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A model of the registry: what its endpoint says, and what it did in the last day."""

    id: str
    status: str
    detail: str
    questions: int = 0
    answered: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0


class ModelList(msgspec.Struct, frozen=True, kw_only=True):
    """All models; none configured is an empty list."""

    items: tuple[ModelAnswer, ...]


def given(value: T | UnsetType) -> T | None:
    """What a query gives; None where it gives nothing.

    A member that may be None would take the word `null` for it.
    """
    return None if isinstance(value, UnsetType) else value


def review_answer(review: records.Review) -> ReviewAnswer:
    """A review's record as the API gives it."""
    return msgspec.convert(
        {
            **msgspec.structs.asdict(review),
            "forge": review.repository and review.repository.forge,
            "repository": review.repository and review.repository.path,
        },
        ReviewAnswer,
    )


def finding_answer(finding: records.StoredFinding) -> FindingAnswer:
    """A finding's record as the API gives it."""
    return msgspec.convert(
        {
            **msgspec.structs.asdict(finding),
            "forge": finding.repository and finding.repository.forge,
            "repository": finding.repository and finding.repository.path,
        },
        FindingAnswer,
    )


def dismissal_answer(dismissal: records.Dismissal) -> DismissalAnswer:
    """A dismissal's record as the API gives it."""
    return msgspec.convert(
        {
            **msgspec.structs.asdict(dismissal),
            "forge": dismissal.repository.forge,
            "repository": dismissal.repository.path,
        },
        DismissalAnswer,
    )


def token_answer(token: records.Token) -> TokenAnswer:
    """A token's record as the API gives it."""
    return msgspec.convert(token, TokenAnswer, from_attributes=True)
