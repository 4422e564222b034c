"""Everything that one process of the service stands on, in one value that all who answer requests get."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from coderev.egress import Egress
from coderev.errors import InputError
from coderev.forge import Forge, errors
from coderev.gateway import OpenSite
from coderev.server.access.knowing import Credentials
from coderev.server.access.permissions import Permissions
from coderev.server.access.recording import Recorder
from coderev.server.glancing import Glance
from coderev.server.listening import listening
from coderev.server.operations.checkups import Checkups
from coderev.server.operations.counting import Metrics
from coderev.server.reviewing import Models
from coderev.server.watching import Watch
from coderev.settings import Configuration, ForgeSettings, Settings
from coderev.store import Store


class NotConfigured(InputError):
    """Something names a forge that the configuration does not have, or not any more."""

    http_status = 404
    message = "no forge is called {forge} here"
    hint = "see `forges` of coderev.yaml"


@dataclass(frozen=True, kw_only=True)
class Site:
    """What is open while the service runs. Whoever opened the parts closes them."""

    configuration: Configuration
    egress: Egress
    store: Store
    forges: Mapping[str, Forge] = field(default_factory=dict)  # by their names
    open_models: OpenSite | None = None  # none: no model is configured, reviews are static only
    started: datetime

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.configuration.settings

    @property
    def models(self) -> Models:
        """What a review is made with."""
        return Models(configuration=self.configuration, open_models=self.open_models)

    def forge(self, name: str) -> Forge:
        """The forge of a name. Raises NotConfigured; ForgeUnavailable for one that was down since we started."""
        if name not in self.forges:
            self.forge_settings(name)
            raise errors.ForgeUnavailable(forge=name, reason="it has not answered since this service started")
        return self.forges[name]

    def forge_settings(self, name: str) -> ForgeSettings:
        """What the configuration says of a forge. Raises NotConfigured."""
        found = next((each for each in self.settings.forges if each.name == name), None)
        if found is None:
            raise NotConfigured(forge=name)
        return found

    def page(self, path: str) -> str:
        """The address of a page of ours, as people reach it. Raises BadListen, OpenWithoutTls."""
        return listening(self.settings.server).url + path

    @cached_property
    def recorder(self) -> Recorder:
        """What writes access records."""
        return Recorder(self.store)

    @cached_property
    def permissions(self) -> Permissions:
        """What asks forges who may read what."""
        return Permissions(self.forges)

    @cached_property
    def credentials(self) -> Credentials:
        """What finds out who makes a request."""
        return Credentials(self.store, self.settings.server)

    @cached_property
    def glance(self) -> Glance:
        """What looks reviews up for requests."""
        return Glance(self.store)

    @cached_property
    def watch(self) -> Watch:
        """What follows reviews for all streams of events."""
        return Watch(self.store)

    @cached_property
    def checkups(self) -> Checkups:
        """What asks the models' endpoints how they are."""
        return Checkups(self.configuration)

    @cached_property
    def metrics(self) -> Metrics:
        """What this process counts."""
        return Metrics()
