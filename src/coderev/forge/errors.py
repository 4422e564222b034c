"""What can go wrong with a forge."""

from coderev.errors import InputError, TrustError, Unavailable


class ForgedWebhook(TrustError):
    """A webhook is not signed with the secret of its forge."""

    message = "a webhook for {forge} was refused: {reason}"
    hint = "give the forge the secret that forges[].webhook_secret_file names"


class BadWebhook(InputError):
    """A webhook is signed and does not say what its kind must say."""

    message = "a webhook of {forge} cannot be read: {reason}"
    hint = "see that the forge sends JSON, of a version that docs/howto/connect-a-forge.md names"


class ForgeUnavailable(Unavailable):
    """A forge does not answer, or asks for patience; what was to be done is done later."""

    message = "{forge} does not answer: {reason}"
    hint = "see whether {forge} is up; the job is tried again by itself"

    @property
    def retry_after(self) -> float | None:
        """Seconds after which the forge said that it may be asked again."""
        seconds = self.facts.get("retry_after")
        return seconds if isinstance(seconds, float) else None


class ForgeRefused(TrustError):
    """A forge does not let our account do what must be done."""

    message = "{forge} refused {what}: {reason}"
    hint = "see that our account's token is valid and has the permissions that docs/howto/connect-a-forge.md lists"


class NotThere(InputError):
    """A forge does not have what was asked for, or does not show it to our account."""

    message = "{forge} has no {what}"
    hint = "see that it exists and that our account may read it"


class NotCovered(NotThere):
    """A repository is none of those that this site reviews: its webhooks are heard, and nothing is done about them."""

    message = "{forge} has no repository {path} among forges[].repositories"
    hint = "name it there, or do not send its webhooks"
