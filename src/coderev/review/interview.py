"""What all questions of one review share: the gateway, the system text, the deadline, and what was counted."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

from coderev.errors import Unavailable
from coderev.gateway import Answer, Gateway, Message, Question, Task
from coderev.recall import RULES, Code, Subject
from coderev.review.answers import MAX_FINDINGS, Claim, FileClaim
from coderev.review.claims import PlacedClaim, place_claims
from coderev.review.context import Context, budget_of, framed
from coderev.review.material import ReviewUnit, Text
from coderev.review.neighbours import Neighbours
from coderev.review.questions import question_text
from coderev.sensitive import find
from coderev.settings import Settings, matches

T = TypeVar("T")
ClaimT = TypeVar("ClaimT", Claim, FileClaim)
SAMPLE_TEMPERATURE = 0.4
MAX_GUIDELINES = 2_000  # characters that a repository's guidelines may take in a question


@dataclass(frozen=True, kw_only=True)
class Material:
    """Everything that the questions of one review are made from, but for what the analysers found."""

    texts: tuple[Text, ...]
    units: tuple[ReviewUnit, ...]
    guidelines: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()  # paths that models are not asked about
    neighbours: Neighbours | None = None
    repository: str = ""  # which one it is, for recall
    whole: bool = True  # whether there is a question about the whole
    head: str = ""  # the commit that is reviewed, or what stands for it; empty for examples
    is_merged: Callable[[str], bool] = lambda _: False  # whether a commit is part of the base's history
    settings: Settings
    seconds: float | None = None  # from the first question about a unit until the deadline


class Interview:
    """One review's questions under way.

    Twice as many units are in hand as questions may be in flight: while some are answered, the next are made.
    """

    def __init__(self, gateway: Gateway, material: Material) -> None:
        self.material = material
        self.system = _system(material.guidelines)
        self.budget = budget_of(material.settings.limits, self.system)
        self.slots = asyncio.Semaphore(2 * material.settings.limits.concurrency)
        self.asked = self.answered = self.dropped = 0
        self.speakers: set[str] = set()
        self._gateway = gateway
        self._reading = asyncio.Lock()
        self._deadline: float | None = None
        self._limits: set[asyncio.Timeout] = set()
        self._merged: dict[str, bool] = {}

    def start_clock(self) -> None:
        """From now on the deadline counts, for questions under way too."""
        if self.material.seconds is not None:
            self._deadline = asyncio.get_running_loop().time() + self.material.seconds
            for limit in self._limits:
                limit.reschedule(self._deadline)

    def question(self, task: Task, context: Context, unit: ReviewUnit | None) -> Question:
        """A question with its context; its words stand last, so that questions share what stands before them."""
        text = question_text(task)
        body = f"{context.text}\n\n{text.text}"
        return Question(
            task=task,
            version=f"{question_text('system').version}.{text.version}",
            messages=(Message("system", self.system), Message("user", body)),
            answer_tokens=self.material.settings.limits.answer_tokens,
            language=unit.text.language if unit else None,
            complexity=unit.complexity if unit else 1,
            sensitive=_is_sensitive(body, context.paths, self.material.settings),
            subject=self._subject(task, context, unit),
        )

    def _subject(self, task: Task, context: Context, unit: ReviewUnit | None) -> Subject:
        """What recall knows the question by; a task may rule out that anything but its bytes says what it is."""
        parts = {f"{at} {part.name}": part.told or part.text for at, part in enumerate(context.parts)}
        structural = context.structural and RULES[task].structure
        return Subject(
            codes=context.codes,
            parts={"comments": context.comments, **parts} if structural else None,
            repository=self.material.repository,
            path=unit.path if unit else "",
            unit=unit.unit.name if unit else "",
        )

    async def with_earlier(self, question: Question) -> Question:
        """A question about a unit, with earlier reviews of similar code told aside."""
        recall, subject = self._gateway.recall, question.subject
        if recall is None or recall.related is None or subject is None:
            return question
        told = await recall.related.context(subject, self._was_merged)
        return replace(question, aside=framed("earlier reviews of similar code", told) if told else "")

    async def remember(self, question: Question, claims: Sequence[PlacedClaim]) -> None:
        """Have what was found in a unit told with similar code later."""
        recall, subject = self._gateway.recall, question.subject
        if recall is not None and recall.related is not None and subject is not None:
            found = [(placed.claim.category, placed.claim.title) for placed in claims]
            await recall.related.remember(subject, self.material.head, found)

    def _was_merged(self, head: str) -> bool:
        if head not in self._merged:
            self._merged[head] = self.material.is_merged(head)
        return self._merged[head]

    async def answers(self, question: Question, form: type[T]) -> list[Answer[T]] | str:
        """The answers to one question, as many of its route's samples as came; or why there is none."""
        try:
            samples = self._gateway.route(question).samples
        except Unavailable as error:
            self.asked += 1
            return str(error)
        seeds = range(1, samples + 1) if samples > 1 else ()
        asked = [replace(question, temperature=SAMPLE_TEMPERATURE, seed=seed) for seed in seeds] or [question]
        said = await asyncio.gather(*(self._answer(sample, form) for sample in asked))
        answers = [answer for answer in said if not isinstance(answer, str)]
        return answers or next(reason for reason in said if isinstance(reason, str))

    async def _answer(self, question: Question, form: type[T]) -> Answer[T] | str:
        self.asked += 1
        try:
            async with self._in_time():
                answer = await self._gateway.ask(question, form)
        except TimeoutError:
            return self._late()
        except Unavailable as error:
            return str(error)
        self.answered += 1
        self.speakers.add(f"{answer.model} {answer.version}")
        return answer

    async def read(self, make: Callable[[], T]) -> T | str:
        """Make context beside the loop, one at a time, as it reads files that others will need too; or why not."""
        try:
            async with self._in_time(), self._reading:
                return await asyncio.to_thread(make)
        except TimeoutError:
            return self._late()
        except Unavailable as error:  # of the parser: what stands around the unit is too hard to read
            return str(error)

    def first(self, claims: Sequence[ClaimT]) -> Sequence[ClaimT]:
        """As many claims as a question asks for; the others are dropped."""
        self.dropped += len(claims[MAX_FINDINGS:])
        return claims[:MAX_FINDINGS]

    def place(self, claims: Sequence[Claim | FileClaim], code: Code) -> list[PlacedClaim]:
        """The claims whose quotes stand in the code; the others are dropped."""
        placed, dropped = place_claims(claims, code)
        self.dropped += dropped
        return placed

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader of the result must know of where its answers came from."""
        served = self._gateway.recall.unsafe_served if self._gateway.recall else 0
        return (f"unsafe_serve_similar: {served} answers were given about other, similar code",) if served else ()

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        """Raises TimeoutError at the deadline, and at once when it is over."""
        if self._deadline is not None and self._deadline <= asyncio.get_running_loop().time():
            raise TimeoutError
        async with asyncio.timeout_at(self._deadline) as limit:
            self._limits.add(limit)
            try:
                yield
            finally:
                self._limits.discard(limit)

    def _late(self) -> str:
        return f"no answer within the deadline of {self.material.seconds:g} s"


def _system(guidelines: Sequence[str]) -> str:
    text = question_text("system").text
    if not guidelines:
        return text
    return text + "\n" + framed("guidelines of the repository", "\n".join(guidelines)[:MAX_GUIDELINES])


def _is_sensitive(body: str, paths: frozenset[str], settings: Settings) -> bool:
    """Whether a question must stay inside: by a path rule, or in hybrid mode by a detector, or as that fails."""
    if any(matches(path, settings.sensitive_paths) for path in paths):
        return True
    if settings.mode != "hybrid":
        return False
    try:
        return bool(find(body.encode("utf-8", "replace")))
    except Exception:  # noqa: BLE001 - whatever failed, what was not judged stays inside
        return True
