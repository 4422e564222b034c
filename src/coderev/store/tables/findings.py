"""Findings: what can be searched for in columns, the whole of each sealed for its review, number and tenant."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from coderev.finding import Finding
from coderev.store.records import FindingFilter, Review, StoredFinding
from coderev.store.sealing import Column, Seal
from coderev.store.tables.statements import (
    Row,
    Statements,
    aside,
    containing,
    listed,
    page,
    read,
    storable,
)

if TYPE_CHECKING:
    import psycopg

BODY = Column("finding", "sealed_body", most=4 << 20)
BODY_BYTES = 1_000  # of most findings: how many are sealed beside the loop
TYPES = ("uuid", "int4", "timestamptz", "text", "int8", *["text"] * 10, "int4", "int4", "bytea")  # of `add`


class Findings:
    """The table `finding`."""

    def __init__(self, connection: "psycopg.AsyncConnection[Any]", seal: Seal) -> None:
        self._sql, self._seal = Statements(connection, "findings"), seal

    async def add(self, review: Review, findings: Sequence[tuple[Finding, str]]) -> None:
        """The findings of a review in the order of its result, each with its unit's digest.

        They stand in the place of those of an earlier attempt. Raises TooLargeToKeep.
        """
        rows = await aside(BODY_BYTES * len(findings), self._rows, review, findings)
        await self._sql.changed("remove", review=review.id)
        await self._sql.copy("add", TYPES, rows)

    async def of(self, review_id: UUID) -> tuple[StoredFinding, ...]:
        """The findings of a review in the order of its result."""
        rows = await self._sql.rows("of", review=review_id)
        return msgspec.convert(rows, tuple[StoredFinding, ...])

    async def body(self, review_id: UUID, number: int) -> Finding | None:
        """A whole finding. Raises Tampered."""
        row = await self._sql.row("body", review=review_id, number=number)
        return None if row is None else self._opened(review_id, [row])[0]

    async def bodies(self, review_id: UUID) -> tuple[Finding, ...]:
        """The whole findings of a review in the order of its result. Raises Tampered."""
        rows = await self._sql.rows("bodies", review=review_id)
        return await aside(BODY_BYTES * len(rows), self._opened, review_id, rows)

    async def search(self, wanted: FindingFilter) -> tuple[StoredFinding, ...]:
        """A page of findings, those of the newest review first."""
        before_at, before_review, before_number = wanted.before or (None, None, None)
        rows = await self._sql.search(
            tenants=listed(wanted.tenants),
            severity=wanted.severity,
            rule=wanted.rule,
            status=wanted.status,
            repository=wanted.repository,
            path=None if wanted.path is None else containing(wanted.path),
            text=wanted.text,
            contains=containing(wanted.text),
            current=wanted.current,
            before_at=before_at,
            before_review=before_review,
            before_number=before_number,
            limit=page(wanted.limit),
        )
        return msgspec.convert(rows, tuple[StoredFinding, ...])

    async def by_fingerprint(self, repository_id: int, fingerprint: str) -> StoredFinding | None:
        """Where a finding was seen last in a repository."""
        row = await self._sql.row("by_fingerprint", repository=repository_id, fingerprint=fingerprint)
        return read(row, StoredFinding)

    def _rows(self, review: Review, findings: Sequence[tuple[Finding, str]]) -> list[tuple[object, ...]]:
        repository = None if review.repository is None else review.repository.id
        return [
            (
                review.id,
                number,
                review.created,
                review.tenant,
                repository,
                finding.fingerprint,
                unit,
                finding.rule,
                finding.severity,
                finding.confidence,
                finding.category,
                finding.cwe,
                finding.status,
                finding.source.name,
                finding.path,
                finding.start_line,
                finding.end_line,
                self._seal.seal(BODY, review.tenant, f"{review.id}/{number}", _encoded(finding)),
            )
            for number, (finding, unit) in enumerate(findings)
        ]

    def _opened(self, review_id: UUID, rows: Sequence[Row]) -> tuple[Finding, ...]:
        return tuple(
            msgspec.json.decode(
                self._seal.open(BODY, row["tenant"], f"{review_id}/{row['number']}", bytes(row["sealed"])), type=Finding
            )
            for row in rows
        )


def _encoded(finding: Finding) -> bytes:
    try:
        return msgspec.json.encode(finding)
    except UnicodeEncodeError:  # a path that is no UTF-8
        return msgspec.json.encode(_storable(msgspec.to_builtins(finding)))


def _storable(value: Any) -> Any:
    match value:
        case str():
            return storable(value)
        case dict():
            return {name: _storable(each) for name, each in value.items()}
        case list() | tuple():
            return [_storable(each) for each in value]
        case _:
            return value
