"""Embedding units without asking about them: examples that a later question is shown where its code is like them."""

import asyncio

from coderev.diff import Change
from coderev.gateway import Task
from coderev.recall import RULES, Recall, Subject
from coderev.review.material import Tree, read_texts, touched_units

TASK: Task = "code-review"  # what its questions show of a unit is what is embedded


async def embed(change: Change, tree: Tree, recall: Recall, repository: str) -> int:
    """Remember the units of a change as examples; how many they were. No model is asked."""
    if recall.related is None:
        return 0
    texts = await asyncio.to_thread(read_texts, change, tree.read, {})
    units = await asyncio.to_thread(touched_units, texts)
    for unit in units:
        code = unit.code(comments=RULES[TASK].comments)
        subject = Subject(codes={"": code}, parts=None, repository=repository, path=unit.path, unit=unit.unit.name)
        await recall.related.remember(subject, "", ())
    return len(units)
