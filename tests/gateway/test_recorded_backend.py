"""What is recorded is what is replayed: byte for byte, in another process, on another machine."""

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stand_ins.scripted_backend import ScriptedBackend, fails

from coderev.files import CannotWrite
from coderev.gateway.backends.recorded import (
    MAX_RECORD,
    NotRecorded,
    Recorder,
    Replay,
    UnreadableRecord,
    record_path,
)
from coderev.gateway.prompt import BackendFailed, Completion, Message, Patience, Prompt

PATIENCE = Patience(first_token_seconds=1, gap_seconds=1, deadline=0)
PROMPT = Prompt(messages=(Message("user", "x"),), schema={"b": 1, "a": [True, None]}, schema_name="X", max_tokens=9)
COMPLETION = Completion(text='{"a": "ü"}', served_name="m", finish="stop", input_tokens=3, output_tokens=None)


def within(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


async def recorded(folder: Path, model: str = "m", prompt: Prompt = PROMPT, said: Completion = COMPLETION) -> Path:
    await Recorder(ScriptedBackend(said), model, folder).complete(prompt, PATIENCE)
    return record_path(folder, model, prompt)


async def test_a_recorded_answer_is_replayed(tmp_path: Path) -> None:
    await recorded(tmp_path / "a" / "new" / "folder")

    assert await Replay("m", tmp_path / "a" / "new" / "folder").complete(PROMPT, PATIENCE) == COMPLETION


async def test_the_last_answer_stands(tmp_path: Path) -> None:
    await recorded(tmp_path)
    await recorded(tmp_path, said=replace(COMPLETION, text="later"))

    assert (await Replay("m", tmp_path).complete(PROMPT, PATIENCE)).text == "later"
    assert len(within(tmp_path)) == 2  # the model's folder, and one record


async def test_the_backend_is_asked_with_what_was_given(tmp_path: Path) -> None:
    backend = ScriptedBackend(COMPLETION, serves=("a", "b"))
    recorder = Recorder(backend, "m", tmp_path)

    assert await recorder.complete(PROMPT, PATIENCE) == COMPLETION
    assert (backend.prompts, backend.patience) == ([PROMPT], [PATIENCE])
    assert await recorder.served() == ("a", "b")
    await recorder.close()


async def test_a_failure_is_not_recorded(tmp_path: Path) -> None:
    with pytest.raises(BackendFailed):
        await Recorder(ScriptedBackend(fails("server")), "m", tmp_path).complete(PROMPT, PATIENCE)

    assert within(tmp_path) == []


async def test_a_folder_that_cannot_be_written_is_the_persons_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(CannotWrite):
        await recorded(tmp_path / "file")


async def test_records_are_for_their_owner_only(tmp_path: Path) -> None:
    path = await recorded(tmp_path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_replay_connects_to_nothing_and_serves_its_model(tmp_path: Path) -> None:
    replay = Replay("m", tmp_path)

    assert await replay.served() == ("m",)
    await replay.close()


@pytest.mark.parametrize(
    "change",
    [
        {"messages": (Message("system", "x"),)},
        {"messages": (Message("user", "y"),)},
        {"schema": {"b": 1}},
        {"schema_name": "Y"},
        {"max_tokens": 10},
        {"temperature": 0.4},
        {"seed": 1},
    ],
)
async def test_another_question_is_not_recorded(change: dict[str, object], tmp_path: Path) -> None:
    await recorded(tmp_path)

    with pytest.raises(NotRecorded, match="holds no answer of m"):
        await Replay("m", tmp_path).complete(replace(PROMPT, **change), PATIENCE)  # type: ignore[arg-type]


async def test_another_model_is_not_recorded(tmp_path: Path) -> None:
    await recorded(tmp_path)

    with pytest.raises(NotRecorded):
        await Replay("n", tmp_path).complete(PROMPT, PATIENCE)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"\xff", b'{"model": "m"}', b"[" * 50_000])
async def test_a_file_that_is_no_record_is_refused(content: bytes, tmp_path: Path) -> None:
    path = await recorded(tmp_path)
    path.write_bytes(content)

    with pytest.raises(UnreadableRecord):
        await Replay("m", tmp_path).complete(PROMPT, PATIENCE)


async def test_a_record_with_more_in_it_is_refused(tmp_path: Path) -> None:
    path = await recorded(tmp_path)
    path.write_bytes(path.read_bytes().replace(b"{", b'{"more": 1, ', 1))

    with pytest.raises(UnreadableRecord):
        await Replay("m", tmp_path).complete(PROMPT, PATIENCE)


async def test_a_record_under_another_name_is_refused(tmp_path: Path) -> None:
    path = await recorded(tmp_path)
    other = record_path(tmp_path, "n", PROMPT)
    other.parent.mkdir()
    path.rename(other)

    with pytest.raises(UnreadableRecord, match="another question"):
        await Replay("n", tmp_path).complete(PROMPT, PATIENCE)


async def test_a_record_that_is_too_long_is_not_read(tmp_path: Path) -> None:
    path = await recorded(tmp_path)
    os.truncate(path, MAX_RECORD + 1)

    with pytest.raises(UnreadableRecord):
        await Replay("m", tmp_path).complete(PROMPT, PATIENCE)


@pytest.mark.parametrize("kind", ["folder", "loop", "pipe"])
async def test_what_is_no_file_is_refused_and_not_waited_for(kind: str, tmp_path: Path) -> None:
    path = record_path(tmp_path, "m", PROMPT)
    path.parent.mkdir()
    if kind == "folder":
        path.mkdir()
    elif kind == "loop":
        path.symlink_to(path)
    else:
        os.mkfifo(path)

    with pytest.raises(UnreadableRecord):
        await Replay("m", tmp_path).complete(PROMPT, PATIENCE)


@given(st.text(min_size=1, max_size=40), st.text(min_size=1, max_size=40))
def test_each_model_has_a_folder_of_its_own_inside_the_records(one: str, other: str) -> None:
    folder = Path("/records")
    first, second = record_path(folder, one, PROMPT), record_path(folder, other, PROMPT)

    assert first.parent.parent == folder
    assert first.parent.name not in {".", ".."}
    assert (first == second) == (one == other)


TEXT = st.text(max_size=20)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXT, said=TEXT, schema=st.dictionaries(TEXT, st.none() | st.booleans() | st.integers() | TEXT, max_size=4))
async def test_whatever_was_said_comes_back(text: str, said: str, schema: dict[str, object], tmp_path: Path) -> None:
    prompt = Prompt(messages=(Message("user", text),), schema=schema, schema_name=said, max_tokens=1)
    completion = Completion(text=said, served_name=text, finish="other", input_tokens=None, output_tokens=0)

    await recorded(tmp_path, prompt=prompt, said=completion)

    assert await Replay("m", tmp_path).complete(prompt, PATIENCE) == completion
