"""What is kept of a review that ended: its result, its findings, the diff, and what models did."""

import msgspec

from coderev.files import now
from coderev.server.reviewing import Reviewed
from coderev.store import Work, records


async def keep(work: Work, review: records.Review, reviewed: Reviewed) -> None:
    """Keep it, in the caller's transaction: all of it or nothing. Raises TooLargeToKeep."""
    result, at = reviewed.result, now()
    new = sum(finding.status == "new" for finding in result.findings)
    await work.reviews.sides(review.id, reviewed.change.base, reviewed.change.head)
    await work.findings.add(review, tuple(zip(result.findings, reviewed.units, strict=True)))
    await work.uses.add(review.id, reviewed.uses, at)
    await work.reviews.finish(
        review.id,
        at,
        msgspec.json.encode(result),
        result.verdict,
        new,
        len(result.findings),
        reviewed.patch,
        reviewed.record,
    )
