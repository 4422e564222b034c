"""What GCC makes of thousands of small C and C++ functions: our own seeds, made to be mistaken, and their edits.

Each function is compiled in a namespace (C++) or under a name of its own (C), hundreds in one run; what an error names
is left out, and the rest is tried again. All that have one key must become the same code, or all must be refused.
"""

import random
import re
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.oracles import Verdict
from benchmarks.oracles.braces import EDITS, NAME, bracketed, tokens_of
from coderev.syntax import structure_key

HERE = Path(__file__).parent
PER_RUN = 400  # functions in one run of the compiler
ROUNDS = 60  # of leaving out what does not compile
GAPS = (
    "",
    " ",
    "\n",
    " /* a */ ",
    " // a\n",
    "/**/",
    " \\\n",
    "\\\n",
    "\r\n",
    ";",
    ",",
    "(",
    ")",
    "{",
    "}",
    "-",
    "*",
    "&",
)
_CALLED = re.compile(r"([^\W\d]\w*)(?:\s|/\*.*?\*/|//[^\n]*\n)*\(", re.DOTALL)
_ERROR = re.compile(rb"^<stdin>:(\d+):\d+: (?:fatal )?error", re.MULTILINE)
_CONSTANT = re.compile(r"^(\.LC\d+):\n((?:\t\.(?:string|ascii|long|quad|zero|byte|value).*\n)+)", re.MULTILINE)
_LABEL = re.compile(r"\.L\w*\d+")
_PART = re.compile(r"^(\S*[vf]9\d{5}\S*):\n(\.LFB\d+:\n.*?)^\t\.cfi_endproc", re.MULTILINE | re.DOTALL)


def judge(language: str, program: list[str], chance: random.Random, count: int) -> Verdict:
    """Compare what has one key among the seeds of a language, `count` edits of each."""
    prelude, *seeds = (HERE / f"seeds.{language}").read_text(encoding="utf-8").split("//\n")
    groups: dict[bytes, dict[str, None]] = defaultdict(dict)
    for seed in seeds:
        for text in [seed, *_edits(seed, language, prelude, chance, count)]:
            key = structure_key(text.encode(), language)
            if key is not None:
                groups[key][text] = None
    found = [list(group) for group in groups.values() if len(group) > 1]
    made = _compiled([text for group in found for text in group], language, program, prelude)
    pairs, judged, wrong = 0, 0, []
    for group in found:
        if len({made[text] for text in group}) > 1:  # by itself: one may have been blamed for its neighbour
            made |= {text: _together([text], language, program, prelude)[text] for text in group}
        results = [made[text] for text in group]
        if any(results):
            judged, pairs = judged + 1, pairs + len(group) - 1
            wrong += [
                f"{group[0]}\n--- has the key of\n{text}\n{results[0]}\n---\n{result}"
                for text, result in zip(group[1:], results[1:], strict=True)
                if result != results[0]
            ]
    return Verdict(judged, pairs, wrong)


def _edits(seed: str, language: str, prelude: str, chance: random.Random, count: int) -> Iterator[str]:
    yield from bracketed(seed, language, chance, ("", ""))
    names = sorted(set(NAME.findall(prelude)))
    tokens = tokens_of(seed)
    edits: list[Callable[[list[str], random.Random, list[str]], list[str]]] = [*EDITS, _respace, _respace, _bracket]
    for _ in range(count):
        edited = tokens
        for _ in range(chance.choice([1, 1, 2])):
            edited = chance.choice(edits)(edited, chance, names)
        text = "".join(edited)
        if (called := _CALLED.search(text)) and called[1] == "f":  # no function of another name
            yield text


def _respace(tokens: list[str], chance: random.Random, _names: list[str]) -> list[str]:
    """Put something else, or nothing, between two tokens."""
    at = chance.randrange(1, len(tokens))
    kept = at - 1 if tokens[at - 1].isspace() else at
    return [token for token in [*tokens[:kept], chance.choice(GAPS), *tokens[at:]] if token]


def _bracket(tokens: list[str], chance: random.Random, _names: list[str]) -> list[str]:
    """Put round brackets around a few tokens."""
    first = chance.randrange(1, len(tokens))
    last = min(len(tokens), first + chance.choice([1, 1, 3, 5, 7]))
    return [*tokens[:first], "(", *tokens[first:last], ")", *tokens[last:]]


def _compiled(texts: list[str], language: str, program: list[str], prelude: str) -> dict[str, str]:
    """The assembly of each text; nothing for one that does not compile."""
    made: dict[str, str] = {}
    for at in range(0, len(texts), PER_RUN):
        made.update(_together(texts[at : at + PER_RUN], language, program, prelude))
    return made


def _together(texts: list[str], language: str, program: list[str], prelude: str) -> dict[str, str]:
    made = dict.fromkeys(texts, "")
    left = list(enumerate(texts))
    for _ in range(ROUNDS):
        source, places = _source(left, language, prelude)
        done = subprocess.run(program, input=source, capture_output=True, check=False)
        if done.returncode == 0:
            made.update(_parts(done.stdout.decode(errors="replace"), dict(left)))
            break
        blamed = {places[min(int(line), len(places)) - 1] for line in _ERROR.findall(done.stderr)} - {-1}
        if not blamed and len(left) == 1:
            break
        if not blamed:
            blamed = {number for number, _ in left[: len(left) // 2]}
            made.update(_together([text for number, text in left if number in blamed], language, program, prelude))
        left = [(number, text) for number, text in left if number not in blamed]
    return made


def _source(texts: list[tuple[int, str]], language: str, prelude: str) -> tuple[bytes, list[int]]:
    """One source of many functions, and the number of the function that each line belongs to."""
    lines, places = [prelude], [-1] * prelude.count("\n")
    for number, text in texts:
        before = f"namespace v9{number:05} {{\n" if language == "cpp" else f"#define f f9{number:05}\n"
        after = "\n}\n" if language == "cpp" else "\n#undef f\n"
        undone = "#undef here\n#undef MAX\n#define MAX(a, b) ((a) > (b) ? (a) : (b))\n"
        part = before + text + after + undone
        lines.append(part)
        places += [number] * part.count("\n")
    return "".join(lines).encode(), places


def _parts(assembly: str, texts: dict[int, str]) -> Iterator[tuple[str, str]]:
    """The assembly of each function, with its constants in their places and its labels numbered anew."""
    constants = dict(_CONSTANT.findall(assembly))
    found: dict[int, list[str]] = defaultdict(list)
    for name, code in _PART.findall(assembly):
        number = int(re.search(r"[vf]9(\d{5})", name)[1])  # type: ignore[index]
        found[number].append(re.sub(r"[vf]9\d{5}", "9", name + code))
    for number, text in texts.items():
        labels: dict[str, str] = {}

        def plain(label: re.Match[str], labels: dict[str, str] = labels) -> str:
            return constants.get(label[0]) or labels.setdefault(label[0], f".L{len(labels)}")

        code = _LABEL.sub(plain, "\n".join(sorted(found[number])))
        yield text, re.sub(r"\.\d+(?=[\s(+,])", ".0", code) or "nothing"
