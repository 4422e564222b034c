"""The engine: a change goes in, its units are cut, analysed and asked about, and a result with a verdict comes out.

Read `engine.py` first: it is the whole procedure in eight steps.
"""

from coderev.review.asking import silent
from coderev.review.dismissals import Dismissed, unit_digests
from coderev.review.engine import Order, review
from coderev.review.guidelines import GUIDELINES_FILE
from coderev.review.material import Tree
from coderev.review.settle import exit_status
from coderev.review.warming import embed

__all__ = [
    "GUIDELINES_FILE",
    "Dismissed",
    "Order",
    "Tree",
    "embed",
    "exit_status",
    "review",
    "silent",
    "unit_digests",
]
