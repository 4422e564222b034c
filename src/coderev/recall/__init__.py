"""Recall: remembered answers of models, and never a wrong one.

`Recall.ask` serves an answer to the same question (tier *exact*), or to a question about code of the same structure
(tier *structure*), carried onto the new code and quoted anew; or it computes one, once for all who ask at a time.
What a key forgets, the model never saw: `rules.py` is the table for both.
"""

from coderev.recall.code import Code
from coderev.recall.key import Asked, Speaker, Subject
from coderev.recall.opening import open_recall
from coderev.recall.placing import Place
from coderev.recall.recall import Recall, Reply
from coderev.recall.rules import RULES
from coderev.recall.upkeep import open_upkeep

__all__ = [
    "RULES",
    "Asked",
    "Code",
    "Place",
    "Recall",
    "Reply",
    "Speaker",
    "Subject",
    "open_recall",
    "open_upkeep",
]
