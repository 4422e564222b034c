"""All routes of the service, in one table: what is not in it does not exist."""

from coderev.server import hooks
from coderev.server.access import entering
from coderev.server.api import dismissals, documents, events, findings, models, queue, reviews, submissions, tokens
from coderev.server.asking import Route
from coderev.server.operations import health
from coderev.server.pages import table

ROUTES: tuple[Route, ...] = (
    *entering.ROUTES,
    *reviews.ROUTES,
    *submissions.ROUTES,
    *events.ROUTES,
    *findings.ROUTES,
    *dismissals.ROUTES,
    *tokens.ROUTES,
    *queue.ROUTES,
    *models.ROUTES,
    *documents.ROUTES,
    *hooks.ROUTES,
    *health.ROUTES,
    *table.ROUTES,
)
