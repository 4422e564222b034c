"""Recall looks up, carries, computes once and remembers; what it serves is never about other code."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from stand_ins.remembering import MODEL, Answers, a_recall, asked_about, reply, without_subject

from coderev.recall import Asked, Reply, Speaker
from coderev.recall.recall import NotRemembered

TEXT = "def f(items):\n    total = 0\n    for item in items:\n        total += item\n    return total\n"
RENAMED = TEXT.replace("total", "result")
LAID_OUT = TEXT.replace("total = 0", "total = (0)  # at first")
OTHER = TEXT.replace("+=", "-=")
CLAIM: dict[str, Any] = {
    "start_line": 4,
    "quote": "total += item",
    "trigger": "an `item` that is no number",
    "consequence": "crash: it cannot be added",
    "category": "bug",
    "title": "no check",
    "fix": None,
}
FOUND = json.dumps({"findings": [CLAIM]})
NOTHING = '{"findings": []}'


async def served(folder: Path, asked: Asked, answers: Answers, **options: Any) -> tuple[Reply, str | None]:
    """Ask a recall that is opened for one question."""
    async with a_recall(folder, **options) as recall:
        return await recall.ask(asked, answers)


async def test_the_same_question_is_answered_from_memory(tmp_path: Path) -> None:
    answers = Answers(FOUND)

    first = await served(tmp_path, asked_about(TEXT), answers)
    second = await served(tmp_path, asked_about(TEXT), answers)

    assert first == (reply(FOUND), None)
    assert second == (reply(FOUND), "exact")
    assert answers.asked == 1


@pytest.mark.parametrize(("text", "quote"), [(RENAMED, "result += item"), (LAID_OUT, "total += item")])
async def test_code_of_the_same_structure_has_the_same_answer(tmp_path: Path, text: str, quote: str) -> None:
    answers = Answers(FOUND)
    await served(tmp_path, asked_about(TEXT), answers)

    found, tier = await served(tmp_path, asked_about(text), answers)

    assert tier == "structure"
    assert json.loads(found.text)["findings"][0]["quote"] == quote
    assert answers.asked == 1


@pytest.mark.parametrize(
    "other",
    [
        asked_about(OTHER),
        asked_about(RENAMED, repository="elsewhere"),
        asked_about(LAID_OUT, parts={"callers": "g(f(x))"}),
        replace(asked_about(LAID_OUT), task="security-audit"),
        replace(asked_about(LAID_OUT), frame={"question": "2", "policy": "tests"}),
        replace(asked_about(LAID_OUT), frame={"question": "1", "policy": "other"}),
        replace(asked_about(LAID_OUT), speakers=(replace(MODEL, version="2"),)),
        replace(asked_about(LAID_OUT), speakers=(replace(MODEL, model="other"),)),
        replace(without_subject(asked_about(TEXT)), prompt=["Review.", "something else"]),
    ],
)
async def test_another_question_is_asked(tmp_path: Path, other: Asked) -> None:
    await served(tmp_path, asked_about(TEXT), Answers(FOUND))
    answers = Answers(NOTHING)

    found, tier = await served(tmp_path, replace(other), _as(other, answers))

    assert tier is None
    assert answers.asked == 1
    assert found.text == NOTHING


def _as(asked: Asked, answers: Answers) -> Any:
    """Answers of the first model that the question goes to."""

    async def compute() -> Reply:
        said = await answers()
        return Reply(said.text, asked.speakers[0].model, said.version, said.served_name, said.seconds, said.tokens)

    return compute


async def test_another_tenant_and_another_key_see_nothing(tmp_path: Path) -> None:
    answers = Answers(FOUND)
    await served(tmp_path, asked_about(TEXT), answers)

    await served(tmp_path, asked_about(TEXT), answers, tenant="other")
    await served(tmp_path, asked_about(TEXT), answers, material=b"o" * 32)

    assert answers.asked == 3


async def test_the_models_of_a_cascade_are_looked_up_in_order_and_any_hit_serves(tmp_path: Path) -> None:
    first, second = replace(MODEL, model="first"), MODEL
    await served(tmp_path, asked_about(TEXT, speakers=(second,)), Answers(FOUND))
    answers = Answers(NOTHING)

    found, tier = await served(tmp_path, asked_about(LAID_OUT, speakers=(first, second)), answers)

    assert tier == "structure"
    assert found.model == second.model
    assert answers.asked == 0


async def test_an_answer_whose_quote_is_not_there_is_not_remembered(tmp_path: Path) -> None:
    answers = Answers(json.dumps({"findings": [{**CLAIM, "quote": "not there"}]}))

    await served(tmp_path, asked_about(TEXT), answers)
    await served(tmp_path, asked_about(TEXT), answers)

    assert answers.asked == 2


async def test_an_answer_that_quotes_nothing_known_is_not_remembered_without_a_subject(tmp_path: Path) -> None:
    answers = Answers(FOUND)

    await served(tmp_path, without_subject(asked_about(TEXT)), answers)
    await served(tmp_path, without_subject(asked_about(TEXT)), answers)

    assert answers.asked == 2


async def test_an_error_is_not_remembered(tmp_path: Path) -> None:
    async def fail() -> Reply:
        raise ValueError("no answer")

    with pytest.raises(ValueError, match="no answer"):
        await served(tmp_path, asked_about(TEXT), fail)  # type: ignore[arg-type]
    found, tier = await served(tmp_path, asked_about(TEXT), Answers(NOTHING))

    assert (found.text, tier) == (NOTHING, None)


async def test_an_answer_expires_and_a_hit_does_not_prolong_it(tmp_path: Path) -> None:
    answers = Answers(FOUND)
    await served(tmp_path, asked_about(TEXT, ttl_seconds=1.0), answers)

    await served(tmp_path, asked_about(TEXT, ttl_seconds=3600), answers)
    hits_before = answers.asked
    await asyncio.sleep(1.1)
    await served(tmp_path, asked_about(TEXT, ttl_seconds=3600), answers)

    assert (hits_before, answers.asked) == (1, 2)


async def test_a_thousand_questions_of_which_a_hundred_differ_ask_the_model_a_hundred_times(tmp_path: Path) -> None:
    questions = [asked_about(f"def f(x):\n    return x + {number}\n") for number in range(100)]
    answers = Answers(NOTHING)

    async def ask(recall: Any, numbers: range) -> None:
        for number in numbers:
            await recall.ask(questions[number % 100], answers)
            await asyncio.sleep(0)

    async with a_recall(tmp_path) as recall:
        await asyncio.gather(*(ask(recall, range(task, 1_000, 64)) for task in range(64)))

    assert answers.asked == 100


async def test_what_recall_saved_is_counted_over_processes(tmp_path: Path) -> None:
    answers = Answers(FOUND)
    await served(tmp_path, asked_about(TEXT), answers)

    async with a_recall(tmp_path) as recall:
        await recall.ask(asked_about(LAID_OUT), answers)
        told = recall.told()

    assert told["counts"] == {"asked": 1, "structure": 1, "saved_tokens": 100, "saved_seconds": 2.0}
    assert told["served"] == [
        {"task": "code-review", "path": "a.py", "unit": "f", "source": "structure", "model": "codellama"}
    ]


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (asked_about("def g():\n    pass\n", parts={"path": "b.py"}), "the first token that differs is 'g' in line 1"),
        (asked_about(OTHER), "the first token that differs is '-=' in line 4"),
        (asked_about(TEXT.replace("        total += item", "    total += item")), "in line 4"),
        (asked_about(LAID_OUT, parts={"callers": "new"}), "callers changed"),
        (replace(asked_about(LAID_OUT), frame={"question": "1", "policy": "new"}), "policy changed"),
        (replace(asked_about(LAID_OUT), speakers=(replace(MODEL, version="2"),)), "model codellama changed"),
        (replace(asked_about(OTHER), task="security-audit"), "it was never asked about"),
    ],
)
async def test_a_miss_is_explained_by_what_differs_first(tmp_path: Path, asked: Asked, why: str) -> None:
    await served(tmp_path, asked_about(TEXT), Answers(FOUND))

    with pytest.raises(NotRemembered, match="no remembered answer") as missed:
        await served(tmp_path, asked, Answers(NOTHING), explains=True)

    assert why in str(missed.value)


async def test_a_models_file_is_told_by_its_digest(tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(b"weights one")
    answers = Answers(FOUND)
    speakers = (Speaker(model="codellama", version="1", weights=file),)
    await served(tmp_path, asked_about(TEXT, speakers=speakers), answers)

    await served(tmp_path, asked_about(TEXT, speakers=speakers), answers)
    file.write_bytes(b"weights two")
    await served(tmp_path, asked_about(TEXT, speakers=speakers), answers)

    assert answers.asked == 2


async def test_a_file_that_cannot_be_read_is_no_fault_of_recall(tmp_path: Path) -> None:
    speakers = (Speaker(model="codellama", version="1", weights=tmp_path / "gone"),)

    found, tier = await served(tmp_path, asked_about(TEXT, speakers=speakers), Answers(NOTHING))

    assert (found.text, tier) == (NOTHING, None)
