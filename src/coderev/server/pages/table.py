"""The routes of all pages."""

from coderev.server.asking import Route
from coderev.server.pages import (
    accesses,
    dismissals,
    documents,
    entering,
    findings,
    models,
    queue,
    reading,
    reviews,
    settings,
    tokens,
)

ROUTES: tuple[Route, ...] = (
    *entering.ROUTES,
    *reviews.ROUTES,
    *reading.ROUTES,
    *findings.ROUTES,
    *dismissals.ROUTES,
    *queue.ROUTES,
    *models.ROUTES,
    *accesses.ROUTES,
    *tokens.ROUTES,
    *settings.ROUTES,
    *documents.ROUTES,
)
