"""Every action that anybody can take, and the table that says which role may take it. What is not in it is denied."""

from enum import StrEnum

from coderev.store import records

Role = records.Role


class Action(StrEnum):
    """What is done: the name that a route gives, and that stands in access records."""

    # open to everybody, who is not known yet or need not be
    SEE_HEALTH = "health.see"
    SEE_ASSETS = "assets.see"  # style, script, and the sign-in page
    SEE_DOCUMENTS = "documents.see"  # of the product, not of the site
    DELIVER = "webhook.deliver"  # the forge's own signature is what is checked
    ENTER = "session.enter"
    # anybody who has come in
    LEAVE = "session.leave"
    # metadata
    LIST_REVIEWS = "reviews.list"
    SEE_REVIEW = "review.see"
    LIST_FINDINGS = "findings.list"
    LIST_DISMISSALS = "dismissals.list"
    SEE_QUEUE = "queue.see"
    SEE_MODELS = "models.see"
    SEE_RECALL = "recall.see"
    SEE_SETTINGS = "settings.see"
    SEE_METRICS = "metrics.see"
    LIST_ACCESSES = "accesses.list"
    # code, and words about it
    READ_CODE = "code.read"
    # what changes something
    SUBMIT = "review.submit"
    DISMISS = "finding.dismiss"
    REVOKE_DISMISSAL = "dismissal.revoke"
    REPLAY_JOB = "job.replay"
    LIST_TOKENS = "tokens.list"
    CREATE_TOKEN = "token.create"  # noqa: S105 - the name of an action
    REVOKE_TOKEN = "token.revoke"  # noqa: S105 - the name of an action


OPEN = frozenset({Action.SEE_HEALTH, Action.SEE_ASSETS, Action.SEE_DOCUMENTS, Action.DELIVER, Action.ENTER})
UNRECORDED = OPEN - {Action.DELIVER, Action.ENTER}  # nothing of the site is in them: a probe every second is no access
CODE = frozenset({Action.READ_CODE})
SCOPED = frozenset(  # about one repository: its forge has a word in it
    {
        Action.SEE_REVIEW,
        Action.READ_CODE,
        Action.SUBMIT,
        Action.DISMISS,
        Action.REVOKE_DISMISSAL,
    }
)

_SIGNED_IN = OPEN | {Action.LEAVE}
_READER = _SIGNED_IN | {
    Action.LIST_REVIEWS,
    Action.SEE_REVIEW,
    Action.LIST_FINDINGS,
    Action.LIST_DISMISSALS,
    Action.READ_CODE,
}
_TOKENS = frozenset({Action.LIST_TOKENS, Action.CREATE_TOKEN, Action.REVOKE_TOKEN})
_METADATA = _SIGNED_IN | {
    Action.LIST_REVIEWS,
    Action.SEE_REVIEW,
    Action.LIST_FINDINGS,
    Action.LIST_DISMISSALS,
    Action.SEE_QUEUE,
    Action.SEE_MODELS,
    Action.SEE_RECALL,
    Action.SEE_SETTINGS,
    Action.SEE_METRICS,
}

MAY: dict[Role, frozenset[Action]] = {
    "reader": _READER,
    "developer": _READER | _TOKENS | {Action.SUBMIT, Action.DISMISS, Action.REVOKE_DISMISSAL, Action.SEE_MODELS},
    "operator": _METADATA | {Action.READ_CODE, Action.REPLAY_JOB},
    "auditor": _METADATA | {Action.READ_CODE, Action.LIST_ACCESSES, Action.LIST_TOKENS},
    "admin": frozenset(Action),
}
WITH_REASON: dict[Role, frozenset[Action]] = {"operator": CODE, "auditor": CODE}  # a reason must be given, and is kept
EVERYWHERE: frozenset[Role] = frozenset({"operator", "auditor", "admin"})  # by the role; the others ask the forge


def grantable(role: Role) -> frozenset[Role]:
    """The roles that somebody of this role may give a token: those that can do nothing that this one cannot."""
    if Action.CREATE_TOKEN not in MAY[role]:
        return frozenset()
    return frozenset(
        other for other in records.ROLES if MAY[other] <= MAY[role] and (other not in EVERYWHERE or role in EVERYWHERE)
    )
