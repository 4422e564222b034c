"""What the tables hold, as frozen values. A value that names a row carries its id; times are in UTC."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from coderev.finding import Severity, Status, Verdict

Role = Literal["reader", "developer", "operator", "auditor", "admin"]
Outcome = Literal["allowed", "denied"]
ReviewState = Literal["queued", "running", "done", "failed", "cancelled"]
Scope = Literal["place", "file", "repository"]
Reason = Literal["false-positive", "accepted-risk", "test-code", "mitigated", "wont-fix"]

MOST_ROWS = 500  # that one search returns

ROLES: tuple[Role, ...] = ("reader", "developer", "operator", "auditor", "admin")
REASONS: tuple[Reason, ...] = ("false-positive", "accepted-risk", "test-code", "mitigated", "wont-fix")


class Repository(msgspec.Struct, frozen=True, kw_only=True):
    """A repository at a forge that the service has seen."""

    id: int
    forge: str
    forge_id: str
    path: str
    tenant: str


class MergeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A merge request, as the forge told of it last."""

    id: int
    repository: Repository
    number: int
    author: str
    target: str
    head: str
    state: Literal["open", "merged", "closed"]


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """A review's metadata: no code is in it."""

    id: UUID
    tenant: str
    repository: Repository | None
    number: int | None  # of the merge request
    state: ReviewState
    stage: str
    verdict: Verdict | None
    base: str
    head: str
    target: str = ""  # branch; empty: handed in
    requested_by: str
    request_id: str
    created: datetime
    started: datetime | None
    ended: datetime | None
    attempts: int
    findings_new: int
    findings_all: int
    failure: str


class StoredFinding(msgspec.Struct, frozen=True, kw_only=True):
    """A finding's metadata; its words and its code are opened with `Findings.body`."""

    review: UUID
    number: int  # its place in the result's list, from 0
    created: datetime  # when its review was
    repository: Repository | None
    fingerprint: str
    unit: str
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


class Dismissal(msgspec.Struct, frozen=True, kw_only=True):
    """A person's decision that a finding is not to be told again, for a time."""

    id: int = 0  # 0: not stored yet
    repository: Repository
    number: int | None  # of the merge request where it was said
    scope: Scope
    fingerprint: str
    unit: str
    rule: str
    path: str
    reason: Reason
    author: str
    created: datetime
    expires: datetime
    revoked: datetime | None = None
    revoked_by: str | None = None
    note: str = ""


class ReviewFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which reviews are searched for. What is None is not asked about; `before` is the last of the page before."""

    tenants: frozenset[str] | None  # None: all; none in it: nothing is found
    text: str = ""  # in the repository's path or the author, the merge request's number, or how the head begins
    state: ReviewState | None = None
    verdict: Verdict | None = None
    repository: int | None = None
    limit: int = 50  # at most MOST_ROWS
    before: tuple[datetime, UUID] | None = None  # created, id


class FindingFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which findings are searched for. What is None is not asked about; `before` is the last of the page before."""

    tenants: frozenset[str] | None  # None: all; none in it: nothing is found
    text: str = ""  # in the rule, the path or the repository's path, or how the fingerprint begins
    severity: Severity | None = None
    rule: str | None = None
    status: Status | None = None
    path: str | None = None  # a part of it
    repository: int | None = None
    current: bool = False  # only those of the newest review of each merge request
    limit: int = 50  # at most MOST_ROWS
    before: tuple[datetime, UUID, int] | None = None  # created, review, number


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """What stands at the forge about one thing."""

    kind: Literal["summary", "inline", "status", "sarif", "answer"]
    key: str
    forge_id: str
    digest: str
    state: Literal["posted", "resolved"] = "posted"


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """An API token without its secret."""

    id: int
    name: str
    subject: str
    role: Role
    login: str
    created: datetime
    created_by: str
    expires: datetime
    used: datetime | None
    revoked: datetime | None


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A person's session."""

    subject: str
    role: Role
    login: str
    created: datetime
    seen: datetime


class AccessRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One decision about who may do what."""

    at: datetime
    subject: str
    role: str
    action: str
    target: str
    source: str
    outcome: Outcome
    why: str
    request_id: str
    id: int = 0  # 0: not stored yet


class ModelUse(msgspec.Struct, frozen=True, kw_only=True):
    """What a model did in one review, or in many."""

    model: str
    questions: int
    answered: int
    tokens_in: int
    tokens_out: int
    seconds: float  # in answers, summed
