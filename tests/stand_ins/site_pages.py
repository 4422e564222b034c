"""Every page of the service with values on it, as a person at a clinic's forge would see them; and hostile ones."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import convert, to_builtins
from msgspec.structs import replace
from stand_ins.results import a_finding, a_full_result, a_result

from coderev.diff import parse_patch
from coderev.finding import Fix, Result, Step
from coderev.server.pages.accesses import AccessSearch, render_accesses
from coderev.server.pages.changes import ChangeChoice, render_changes
from coderev.server.pages.dismissals import DismissalSearch, render_dismissals
from coderev.server.pages.documents import documents, render_document, render_documents
from coderev.server.pages.entering import render_enter
from coderev.server.pages.fault import render_fault
from coderev.server.pages.findings import FindingSearch, render_findings
from coderev.server.pages.frame import Frame
from coderev.server.pages.models import ModelRow, render_models
from coderev.server.pages.queue import JobRow, QueueCounts, WorkerRow, render_queue
from coderev.server.pages.record import render_record
from coderev.server.pages.review import Closed, Dismissing, FindingChoice, render_review
from coderev.server.pages.reviews import ReviewSearch, render_reviews
from coderev.server.pages.settings import render_settings
from coderev.server.pages.tokens import render_tokens
from coderev.settings import ForgeSettings, ServerSettings, Settings
from coderev.store import records

NOW = datetime(2026, 11, 25, 8, 2, tzinfo=UTC)
FRAME = Frame(at=NOW, who="alice", role="admin", csrf="the session's mark")
NOBODY = Frame(at=NOW, bar=())
REVIEW = UUID("5f1c0e6a-9b7d-4233-8e21-f0a4c6d8b9e7")
CLINIC = records.Repository(id=1, forge="gitlab", forge_id="17", path="clinic/appointments", tenant="gitlab/clinic")
ADDRESS = f"/reviews/{REVIEW}"

DIFF = b"""diff --git a/clinic/api.py b/clinic/api.py
index 1111111..2222222 100644
--- a/clinic/api.py
+++ b/clinic/api.py
@@ -9,5 +9,6 @@ from clinic import appointments

 @app.get("/visit")
 def visit():
-    visit_id = int(request.args["id"])
+    visit_id = request.args["id"]
+    log.info("visit %s", visit_id)
     return appointments.visit(visit_id)
diff --git a/clinic/appointments.py b/clinic/appointments.py
index 3333333..4444444 100644
--- a/clinic/appointments.py
+++ b/clinic/appointments.py
@@ -38,7 +38,7 @@ class Diary:

 def visit(visit_id):
     cursor = connect().cursor()
-    cursor.execute("SELECT * FROM visits WHERE id = %s", (visit_id,))
+    cursor.execute("SELECT * FROM visits WHERE id = " + visit_id)
     return cursor.fetchone()


@@ -46,7 +46,7 @@ class Diary:
     def free_slots(self, slots):
         first = 0
         taken = self.taken()
         free = self.free
         assert slots
-    for slot in range(slots):
+    for slot in range(1, slots):
         if free(slot):
diff --git a/clinic/roles.ts b/clinic/roles.ts
index 5555555..6666666 100644
--- a/clinic/roles.ts
+++ b/clinic/roles.ts
@@ -6,3 +6,3 @@
 export function may(role: string) {
-\tif (role !== "user") {
+\tif (role != "user\xe2\x80\xae") {
 \t\treturn true;
diff --git a/logo.png b/logo.png
index 7777777..8888888 100644
Binary files a/logo.png and b/logo.png differ
"""
RECORD: Mapping[str, Any] = {
    "seconds": 4.2,
    "recall": {
        "counts": {"asked": 3, "exact": 1, "structure": 1, "missed": 1},
        "served": [
            {
                "task": "code-review",
                "path": "clinic/api.py",
                "unit": "visit",
                "source": "exact",
                "model": "small-coder",
            },
            {"task": "code-review", "path": "clinic/roles.ts", "unit": "may", "source": "model", "why": "new bytes"},
        ],
        "notes": [],
    },
}
WAY = (
    ("clinic/api.py", 12, 'visit_id = request.args["id"]', "comes from the request"),
    ("clinic/api.py", 14, "return appointments.visit(visit_id)", "is handed to appointments.visit"),
    ("clinic/appointments.py", 39, "def visit(visit_id):", "arrives as visit_id"),
    ("clinic/appointments.py", 42, '"SELECT * FROM visits WHERE id = " + visit_id', "becomes part of the statement"),
)


def a_review(**changes: Any) -> records.Review:
    """A failed review of a merge request, with what the caller changes about it."""
    values: dict[str, Any] = {
        "id": REVIEW,
        "tenant": CLINIC.tenant,
        "repository": CLINIC,
        "number": 12,
        "state": "done",
        "stage": "",
        "verdict": "fail",
        "base": "1f0c" * 10,
        "head": "9ab2" * 10,
        "requested_by": "forge:gitlab alice",
        "request_id": "7c1e9d0a55f24c1b",
        "created": NOW - timedelta(minutes=14),
        "started": NOW - timedelta(minutes=13, seconds=55),
        "ended": NOW - timedelta(minutes=13, seconds=51),
        "attempts": 1,
        "findings_new": 3,
        "findings_all": 4,
        "failure": "",
    }
    return records.Review(**{**values, **changes})


def the_result() -> Result:
    """A result whose worst finding has a way of four steps."""
    full = a_full_result()
    way = tuple(Step(path=path, line=line, code=code, note=note) for path, line, code, note in WAY)
    return replace(full, findings=(replace(full.findings[0], flow=way), *full.findings[1:]))


def a_large_result(findings: int = 2_000, files: int = 300) -> Result:
    """A failed review with so many findings over so many files."""
    severities = ("critical", "high", "high", "medium", "medium", "medium", "low", "low", "info", "info")
    found = sorted(
        (
            a_finding(
                severity=severities[number % 10],
                path=f"src/package_{number % files % 20}/module_{number % files}.py",
                start_line=2 + number // files * 6,
                end_line=2 + number // files * 6,
                fingerprint=f"{number:032x}",
                fix=Fix(start_line=2, end_line=2, replacement="    cursor.execute(SAFE, (visit_id,))\n"),
            )
            for number in range(findings)
        ),
        key=lambda finding: ("critical", "high", "medium", "low", "info").index(finding.severity),
    )
    return a_result(tuple(found), verdict="fail")


def a_large_diff(files: int = 300, hunks: int = 7) -> bytes:
    """A diff of so many files with so many hunks each."""
    parts = []
    for number in range(files):
        path = f"src/package_{number % 20}/module_{number}.py"
        parts.append(f"diff --git a/{path} b/{path}\nindex 1111111..2222222 100644\n--- a/{path}\n+++ b/{path}\n")
        for hunk in range(hunks):
            start = 1 + 6 * hunk
            parts.append(
                f"@@ -{start},4 +{start},4 @@\n def visit_{hunk}(visit_id):\n-    cursor.execute(SAFE, (visit_id,))\n"
                "+    cursor.execute(UNSAFE + visit_id)\n     return cursor.fetchone()\n \n"
            )
    return "".join(parts).encode()


def reviews() -> tuple[records.Review, ...]:
    """A morning's reviews, one in each state."""
    other = replace(CLINIC, id=2, path="clinic/billing", forge_id="18")
    return (
        a_review(id=UUID(int=1), state="queued", verdict=None, started=None, ended=None, number=14, base="", head=""),
        a_review(id=UUID(int=2), state="running", stage="asking models: 14 of 31", verdict=None, ended=None, number=13),
        a_review(),
        a_review(id=UUID(int=3), repository=other, number=7, verdict="incomplete", findings_new=0, findings_all=2),
        a_review(id=UUID(int=4), repository=other, number=6, verdict="pass", findings_new=0, findings_all=0),
        a_review(
            id=UUID(int=5), repository=None, number=None, verdict="pass", findings_new=0, requested_by="token:3 ci"
        ),
        a_review(id=UUID(int=6), number=11, state="failed", verdict=None, failure="gitlab did not answer for an hour"),
        a_review(id=UUID(int=7), number=11, state="cancelled", verdict=None, failure="a newer push came"),
    )


def stored() -> tuple[records.StoredFinding, ...]:
    """The metadata of the result's findings."""
    return tuple(
        records.StoredFinding(
            review=REVIEW,
            created=NOW - timedelta(minutes=14),
            number=number,
            repository=CLINIC,
            fingerprint=it.fingerprint,
            unit="0" * 64,
            rule=it.rule,
            severity=it.severity,
            confidence=it.confidence,
            category=it.category,
            cwe=it.cwe,
            status=it.status,
            source=it.source.name,
            path=it.path,
            start_line=it.start_line,
            end_line=it.end_line,
        )
        for number, it in enumerate(the_result().findings, 1)
    )


def dismissals() -> tuple[records.Dismissal, ...]:
    """One in force, one expired, one revoked."""
    one = records.Dismissal(
        id=3,
        repository=CLINIC,
        number=12,
        scope="place",
        fingerprint="77d0a1c4e2b94f0f9a3658d1c7e4b203",
        unit="0" * 64,
        rule="S101",
        path="clinic/appointments.py",
        reason="test-code",
        author="forge:gitlab bob",
        created=NOW - timedelta(days=9),
        expires=NOW + timedelta(days=81),
        note="runs in tests only",
    )
    return (
        one,
        replace(one, id=2, scope="file", expires=NOW - timedelta(days=1), reason="accepted-risk", number=None),
        replace(one, id=1, scope="repository", revoked=NOW - timedelta(hours=5), revoked_by="session admin", note=""),
    )


def tokens() -> tuple[records.Token, ...]:
    """One in use, one that was revoked."""
    one = records.Token(
        id=3,
        name="nightly pipeline",
        subject="ci",
        role="developer",
        login="gitlab:ci-bot",
        created=NOW - timedelta(days=20),
        created_by="session admin",
        expires=NOW + timedelta(days=70),
        used=NOW - timedelta(minutes=3),
        revoked=None,
    )
    return (one, replace(one, id=2, name="old laptop", used=None, revoked=NOW - timedelta(days=2)))


def accesses() -> tuple[records.AccessRecord, ...]:
    """One allowed, one denied."""
    one = records.AccessRecord(
        id=912,
        at=NOW - timedelta(minutes=2),
        subject="token:3 ci",
        role="developer",
        action="review.see",
        target=f"review {REVIEW}",
        source="10.2.0.17",
        outcome="allowed",
        why="the role developer has it, and they have write at the forge",
        request_id="7c1e9d0a55f24c1b",
    )
    return (
        one,
        replace(one, id=911, action="accesses.list", outcome="denied", why="the role developer does not have it"),
    )


JOBS = (
    JobRow(
        id=41,
        task="review",
        repository="clinic/appointments",
        state="running",
        attempts=1,
        since=NOW,
        review=str(REVIEW),
    ),
    JobRow(
        id=42, task="review", repository="clinic/billing", state="queued", attempts=0, since=NOW - timedelta(hours=1)
    ),
)
DEAD = (
    JobRow(
        id=17,
        task="publish",
        repository="clinic/billing",
        state="dead",
        attempts=8,
        since=NOW - timedelta(hours=7),
        review=str(REVIEW),
        why="gitlab does not answer: 500 after 8 attempts",
    ),
)
WORKERS = (
    WorkerRow(name="station-1 · 4711", alive=True, heard=NOW - timedelta(seconds=4), jobs=1),
    WorkerRow(name="station-2 · 812", alive=False, heard=NOW - timedelta(minutes=9), jobs=0),
)
MODELS = (
    ModelRow(
        id="codellama-34b",
        provider="local",
        version="2024.1",
        where="http://vllm.internal:8000/v1",
        lanes=("v2",),
        state="answers",
        mark="good",
        questions=812,
        answered=809,
        tokens_in=4_211_006,
        tokens_out=301_442,
        seconds=5_120.0,
        objective_ms=8_000,
    ),
    ModelRow(
        id="small-coder",
        provider="embedded",
        version="2024.1",
        state="left alone",
        mark="bad",
        why="it failed five times in a row; one question probes it every 30 seconds",
    ),
)
SETTINGS = Settings(
    server=ServerSettings(listen="127.0.0.1:8080"),
    forges=(
        ForgeSettings(
            name="gitlab",
            kind="gitlab",
            url="https://code.clinic.internal",
            token_file="/etc/coderev/hidden-token",
            webhook_secret_file="/etc/coderev/hidden-secret",
        ),
    ),
)
Page = Callable[[], str]


def pages() -> dict[str, Page]:
    """Every page by its address, with how it is made."""
    choice, part = FindingChoice(review=ADDRESS), ChangeChoice(review=ADDRESS)
    running = reviews()[1]
    manual = documents()
    return {
        "/reviews": lambda: render_reviews(FRAME, reviews(), ReviewSearch(), older="2026_1"),
        "/reviews?state=failed": lambda: render_reviews(FRAME, (), ReviewSearch(state="failed")),
        "/reviews?": lambda: render_reviews(FRAME, (), ReviewSearch(), newcomers="http://127.0.0.1:8080"),
        ADDRESS: lambda: render_review(FRAME, a_review(), the_result(), choice, dismissal=Dismissing(180)),
        f"{ADDRESS}/changes": lambda: render_changes(FRAME, a_review(), the_result(), parse_patch(DIFF), part),
        f"{ADDRESS}/record": lambda: render_record(FRAME, a_review(), the_result(), RECORD),
        f"/reviews/{running.id}": lambda: render_review(FRAME, running, Closed(), choice),
        f"{ADDRESS}?sealed": lambda: render_review(FRAME, a_review(), Closed(stored=stored(), sealed=True), choice),
        f"{ADDRESS}?stored": lambda: render_review(FRAME, a_review(), Closed(stored=stored()), choice),
        "/findings": lambda: render_findings(FRAME, stored(), FindingSearch(), older="1"),
        "/dismissals": lambda: render_dismissals(
            FRAME, dismissals(), asked=DismissalSearch(show="all"), may_revoke=True
        ),
        "/queue": lambda: render_queue(
            FRAME, QueueCounts(waiting=1, running=1, dead=1), JOBS, DEAD, WORKERS, may_replay=True
        ),
        "/models": lambda: render_models(FRAME, MODELS, {"questions": "812", "served from memory": "61 %"}),
        "/access": lambda: render_accesses(FRAME, accesses(), AccessSearch(), older=900),
        "/tokens": lambda: render_tokens(
            FRAME, tokens(), roles=("reader", "developer"), made="cr_this-is-shown-once-and-never-again"
        ),
        "/settings": lambda: render_settings(FRAME, SETTINGS),
        "/docs": lambda: render_documents(FRAME, manual),
        "/docs/tour.md": lambda: render_document(FRAME, manual, manual["tour.md"]),
        "/docs/reference/settings.md": lambda: render_document(FRAME, manual, manual["reference/settings.md"]),
        "/enter": lambda: render_enter(Frame(at=NOW, bar=(), refused="that token is not known, or was used already")),
        "/nowhere": lambda: render_fault(
            FRAME, status=404, message="there is no review 5f…", hint="see that the address is right", request_id="7c1e"
        ),
    }


def saying(text: str, value: Any, keep: frozenset[str]) -> Any:
    """A struct with this text in every text field whose name is not kept."""

    def said(inner: Any, name: str = "") -> Any:
        if isinstance(inner, dict):
            return {key: said(each, key) for key, each in inner.items()}
        if isinstance(inner, list | tuple):
            return [said(each, name) for each in inner]
        return text if isinstance(inner, str) and name not in keep else inner

    plain = to_builtins(value, builtin_types=(datetime, UUID))
    return convert(said(plain), type(value))
