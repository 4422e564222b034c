"""The job that reviews what somebody handed in over the API. Its result is kept for them; no forge hears of it."""

from coderev.errors import Bug
from coderev.files import now
from coderev.forge import fetching
from coderev.server.api.forms import PatchSubmission, RangeSubmission, Submission
from coderev.server.api.submissions import read_submission
from coderev.server.jobs import ReviewSubmission
from coderev.server.keeping import attempt, keep
from coderev.server.mirrors import fetched
from coderev.server.reviewing import Reviewed, Wanted, review_commits, review_patch
from coderev.server.site import Site
from coderev.server.stages import Stage
from coderev.store import Job, records


async def review_submission(site: Site, job: Job, wanted: ReviewSubmission) -> None:
    """Do the job. Raises what the forge, the store, git and the review raise."""
    async with site.store.work() as work:
        review = await work.reviews.get(wanted.review)
        order = await work.reviews.order(wanted.review)
        if review is None or order is None or not await work.reviews.start(wanted.review, now()):
            return
    async with attempt(site, job, review):
        async with Stage(site.store, review.id) as stage:
            reviewed = await _review(site, review, read_submission(order), stage)
        async with site.store.work() as work:
            await job.fence(work)
            await keep(work, review, reviewed)


async def _review(site: Site, review: records.Review, submission: Submission, stage: Stage) -> Reviewed:
    match submission:
        case PatchSubmission():
            wanted = Wanted(tenant=review.tenant, asks=submission.ask)
            return await review_patch(site.models, submission.patch.encode(), wanted, stage.asked)
        case RangeSubmission():
            return await _review_range(site, review, submission, stage)


async def _review_range(site: Site, review: records.Review, submission: RangeSubmission, stage: Stage) -> Reviewed:
    if review.repository is None:
        raise Bug(what="a range was handed in without a repository")
    forge = site.forge(submission.forge)
    project = await forge.project(review.repository.forge_id)
    base, head = [await forge.commit(project, name) for name in (submission.base, submission.head)]
    commits = fetching.Commits(project=project, base=base, head=head)
    stage.say("fetching")
    async with fetched(site, submission.forge, commits) as both:
        stage.say("analysing")
        wanted = Wanted(tenant=review.tenant, base=base, head=head, notes=both.notes, asks=submission.ask)
        return await review_commits(site.models, both.path, wanted, stage.asked)
