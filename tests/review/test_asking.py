"""How the questions of one review are asked: what shares the deadline, the counters and the doubt."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from stand_ins.changes import PaperRepository
from stand_ins.registries import group, model, policy, registry, rule
from stand_ins.scripted_backend import endpoints, fails, said

from coderev.egress import Egress
from coderev.finding import Finding
from coderev.gateway import Gateway
from coderev.gateway.opening import OpenSite
from coderev.gateway.prompt import Completion, Patience, Prompt
from coderev.gateway.routing import Routing
from coderev.review.asking import Asked, ask_models, silent
from coderev.review.context import Context, Part
from coderev.review.interview import Interview, Material
from coderev.review.material import read_texts, touched_units
from coderev.settings import Limits, Settings

SOURCE = b"def first(rows):\n    rows = list(rows)\n    return rows[0]\n"
CLAIM: dict[str, Any] = {
    "start_line": 3,
    "quote": "return rows[0]",
    "trigger": "an empty list",
    "consequence": "crash: no first row",
    "category": "bug",
    "title": "rows may be empty",
    "fix": None,
}
NOTHING = '{"findings": []}'
STANDS, REFUTED = '{"verdict": "stands"}', '{"verdict": "refuted", "proof": "rows = list(rows)"}'

Say = Callable[[Prompt], Awaitable[str]]


class Answering:
    """A model that answers each kind of question as a test says."""

    def __init__(self, *, unit: str = NOTHING, whole: str = NOTHING, verify: str | float = STANDS) -> None:
        self._said = {"as a whole": whole, "Try to refute": verify}
        self._unit = unit
        self.prompts: list[Prompt] = []

    async def complete(self, prompt: Prompt, patience: Patience) -> Completion:
        del patience
        self.prompts.append(prompt)
        text = next((text for sign, text in self._said.items() if sign in prompt.messages[-1].text), self._unit)
        if isinstance(text, float):
            await asyncio.sleep(text)
            text = STANDS
        if prompt.seed == 2:
            raise fails("refused")
        return said(text)

    async def served(self) -> tuple[str, ...]:
        return ("small",)

    async def close(self) -> None:
        """Nothing is open."""


def found(*claims: Mapping[str, Any]) -> str:
    return json.dumps({"scratch": "", "findings": list(claims)})


def ask(
    backend: Answering,
    head: Mapping[str, bytes] | None = None,
    *,
    samples: int = 1,
    seconds: float | None = None,
    ignore: tuple[str, ...] = (),
    **settings: Any,
) -> Asked:
    made = registry([model("small")], [group("small")], [policy(rule(samples=samples))])
    chosen = Settings(**settings)
    site = OpenSite(
        routing=Routing(made, "private", {}), endpoints=endpoints(made, small=backend), egress=Egress(chosen)
    )
    material = material_of(head or {"a.py": SOURCE}, chosen, seconds=seconds, ignore=ignore)

    async def no_findings() -> Sequence[Finding]:
        return ()

    async def go() -> Asked:
        return await ask_models(Gateway(site, concurrency=4), material, no_findings(), silent)

    return asyncio.run(go())


def material_of(head: Mapping[str, bytes], settings: Settings, **more: Any) -> Material:
    paper = PaperRepository()
    texts = read_texts(paper.change({}, head), paper.read, {})
    return Material(texts=texts, units=touched_units(texts), settings=settings, **more)


def test_a_claim_about_the_whole_is_doubted_too() -> None:
    asked = ask(Answering(whole=found({**CLAIM, "path": "a.py"}), verify=REFUTED))

    assert [(each.doubted, each.confidence) for each in asked.findings] == [(True, "low")]


def test_a_finding_whose_verification_is_late_stays() -> None:
    asked = ask(Answering(unit=found(CLAIM), verify=5.0), seconds=0.3)

    assert [each.doubted for each in asked.findings] == [False]
    assert asked.models.status == "incomplete"
    assert (asked.models.questions, asked.models.answered) == (3, 2)


def test_a_deadline_names_every_unit_and_leaves_nothing_running() -> None:
    many = b"\n".join(b"def f%d():\n    return %d\n" % (number, number) for number in range(40))
    backend = Answering(verify=5.0, unit=found({**CLAIM, "quote": "return"}))

    asked = ask(backend, {"a.py": many}, seconds=0.0001)

    assert {unit.reason for unit in asked.units} == {"no answer within the deadline of 0.0001 s"}
    assert len(asked.units) == 40


def test_of_more_findings_than_were_asked_for_the_first_five_count() -> None:
    lines = b"def many():\n" + b"".join(b"    step_%d()\n" % number for number in range(7))
    claims = [{**CLAIM, "quote": f"step_{number}()"} for number in range(7)]

    asked = ask(Answering(unit=found(*claims)), {"a.py": lines})

    assert [each.start_line for each in asked.findings] == [2, 3, 4, 5, 6]
    assert asked.models.dropped == 2


def test_notes_that_are_too_long_do_not_cost_the_answer() -> None:
    asked = ask(Answering(unit=json.dumps({"scratch": "s" * 5_000, "findings": [CLAIM]})))

    assert len(asked.findings) == 1


def test_samples_that_came_count_where_another_failed() -> None:
    asked = ask(Answering(unit=found(CLAIM)), samples=3)

    assert len(asked.findings) == 1
    assert asked.models.status == "incomplete"


def test_a_change_whose_units_are_all_ignored_was_not_asked_about() -> None:
    backend = Answering()

    asked = ask(backend, ignore=("*.py",))

    assert backend.prompts == []
    assert asked.models.status == "not-asked"
    assert {unit.status for unit in asked.units} == {"excluded"}


def test_an_ignored_file_is_not_in_the_question_about_the_whole_and_nothing_is_said_of_it() -> None:
    backend = Answering(whole=found({**CLAIM, "path": "b.py"}))

    asked = ask(backend, {"a.py": SOURCE, "b.py": SOURCE.replace(b"first", b"hidden")}, ignore=("b.py",))

    assert not any("hidden" in prompt.messages[-1].text for prompt in backend.prompts)
    assert asked.findings == ()
    assert asked.models.dropped == 1


def test_the_limit_of_questions_holds_the_whole_and_every_task_of_a_unit() -> None:
    many = b"\n".join(b"def f%d():\n    return %d\n" % (number, number) for number in range(9))
    backend = Answering()

    asked = ask(backend, {"a.py": many}, limits=Limits(questions=7), questions=("code-review", "security-audit"))

    assert len(backend.prompts) == 7
    assert [unit.status for unit in asked.units].count("failed") == 6


def test_a_site_that_allows_no_question_leaves_every_unit_named() -> None:
    for settings in ({"limits": Limits(questions=1)}, {"questions": ()}):
        asked = ask(Answering(), **settings)

        assert [unit.reason for unit in asked.units] == ["not asked: the site allows no question"]


def test_what_the_question_about_the_whole_did_not_show_is_said() -> None:
    many = b"\n".join(b"def f%d():\n" % number + b"    x = 1\n" * 900 for number in range(12))

    asked = ask(Answering(), {"a.py": many})

    assert asked.models.notes[0].startswith("the question about the whole did not show: f")


def test_questions_share_all_that_stands_before_their_own_words() -> None:
    backend = Answering(unit=found(CLAIM))

    ask(backend)

    unit, verify = [prompt.messages for prompt in backend.prompts if "as a whole" not in prompt.messages[-1].text]
    shared = unit[-1].text.partition("\n\nDoes this change")[0]
    assert unit[0] == verify[0]
    assert shared.endswith("=== end unit first in a.py ===")
    assert verify[-1].text.startswith(shared)


async def test_a_question_that_quotes_a_sensitive_path_stays_inside() -> None:
    settings = Settings(sensitive_paths=("secret/",))
    interview = Interview(None, material_of({"a.py": SOURCE}, settings))  # type: ignore[arg-type]

    def sensitive(*paths: str) -> bool:
        return interview.question("code-review", Context((Part("callers", "x", paths),), ()), None).sensitive

    assert sensitive("a.py", "secret/b.py")
    assert not sensitive("a.py")
