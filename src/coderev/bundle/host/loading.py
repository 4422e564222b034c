"""Loading the images of a generation where a site runs them: by digest, only those that are not there, checked again.

Clause 7.15 of spec/bundle.md. `skopeo` copies out of the layout of the generation, whose every file `files` has just
compared; the program that runs containers is then asked what it really has.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from coderev.bundle.format.entries import Image
from coderev.bundle.host.generations import Contents
from coderev.bundle.host.health import NotWell, told
from coderev.egress import Egress
from coderev.errors import CoderevError
from coderev.files import scratch_folder
from coderev.process import Completed, run
from coderev.settings import Settings

LOOK_SECONDS = 60.0
LOAD_SECONDS = 7200.0  # of one image: some have tens of gigabytes
MAX_ANSWER = 1 << 20  # bytes
CHECK = "images"  # the name of this step in an error
_SKOPEO = ("skopeo", "--insecure-policy")  # whose policy would ask for signatures that ours stand for


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where images go: how to ask what is there, and how to bring one. `{name}` is the image's."""

    look: Sequence[str]  # prints a digest, maybe among other words; another status than 0: it is not there
    copy: Sequence[str]  # after skopeo's source
    then: Sequence[str] = ()  # with `{file}`, where skopeo can only write an archive


_PLACES: Mapping[str, Place] = {
    "docker": Place(
        look=("docker", "image", "inspect", "--format", "{{.Id}}", "{name}"),
        copy=("docker-daemon:{name}",),
    ),
    "podman": Place(
        look=("podman", "image", "inspect", "--format", "sha256:{{.Id}}", "{name}"),
        copy=("containers-storage:{name}",),
    ),
    "containerd": Place(
        look=("ctr", "--namespace", "k8s.io", "images", "list", "name=={name}"),
        copy=("oci-archive:{file}:{name}",),
        then=("ctr", "--namespace", "k8s.io", "images", "import", "--local", "{file}"),
    ),
}


def load_images(folder: Path, contents: Contents, settings: Settings) -> None:
    """Load what the roles of this host need into what the site names, if it names something. Raises NotWell."""
    wanted = {name for role in contents.roles for name in contents.manifest.roles[role].images}
    images = [image for image in contents.manifest.images if image.name in wanted]
    for place in _places(settings) if images else ():
        for image in images:
            if not _is_there(place, image):
                _load(place, image, folder / "images")
                if not _is_there(place, image):
                    raise NotWell(CHECK, f"{image.name} was loaded, and what is there now has another digest")


def _places(settings: Settings) -> list[Place]:
    found = [] if settings.bundle.images is None else [_PLACES[settings.bundle.images]]
    if settings.bundle.registry is not None:
        try:
            Egress(settings).judge(f"https://{settings.bundle.registry}")  # inside, or nothing is copied
        except CoderevError as error:
            raise NotWell(CHECK, str(error)) from error
        target = f"docker://{settings.bundle.registry}/{{name}}"
        look = (*_SKOPEO, "inspect", "--format", "{{.Digest}}", target)
        found.append(Place(look=look, copy=(target,)))
    return found


def _is_there(place: Place, image: Image) -> bool:
    """Whether the very image is there: docker names it by its configuration, others by its manifest."""
    done = _run(_filled(place.look, image), LOOK_SECONDS)
    words = done.stdout.decode(errors="replace").split()
    return done.status == 0 and not {image.config, image.manifest}.isdisjoint(words)


def _load(place: Place, image: Image, layout: Path) -> None:
    with scratch_folder() as scratch:
        file = str(scratch / "image.tar")
        words = [*_SKOPEO, "copy", "--quiet", f"oci:{layout}:{image.name}", *_filled(place.copy, image, file)]
        _demand(words, image)
        if place.then:
            _demand(_filled(place.then, image, file), image)


def _demand(words: Sequence[str], image: Image) -> None:
    done = _run(words, LOAD_SECONDS)
    if done.status != 0:
        raise NotWell(CHECK, f"{image.name}: {words[0]}: {told(done)}")


def _run(words: Sequence[str], seconds: float) -> Completed:
    try:
        return run(words, seconds=seconds, max_output=MAX_ANSWER)
    except CoderevError as error:
        raise NotWell(CHECK, str(error)) from error


def _filled(words: Sequence[str], image: Image, file: str = "") -> list[str]:
    named = [word.replace("{name}", image.name) for word in words]
    return [word.replace("{file}", file) for word in named]
