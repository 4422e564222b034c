"""Making, proving and installing bundles, beside the deployment guide's own commands on the same tree, in one run.

A synthetic site of 4 GB, none of it compressible: three weight files, four image layers, 10,000 small files. The delta
is for 1 % of a weight file's pages and five files of a layer. `python -m benchmarks.bundles 0.5` tries it with 0.5 GB.

Small files are not removed until all is measured: for minutes ext4 goes past every inode that was just removed whenever
it makes a file there, which took up to 3.7 CPU-s of an installation that came right after `rm -r`.
"""

import json
import multiprocessing
import os
import random
import shutil
import struct
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from benchmarks.measure import COMMAND, ROOT, Cost, Row, once

sys.path.insert(0, str(ROOT / "tests"))
from stand_ins.container_images import Layout, Made, tagged
from stand_ins.releases import Makers, makers, write_recipe

from coderev.bundle import signing
from coderev.bundle.format.entries import Blob
from coderev.bundle.making.media_folders import open_own
from coderev.files import now

GIGABYTES = 4.0
GIB = 2**30
PIECE = 1 << 20
PAGE = 4096
SMALL_FILES = 10_000
WEIGHTS, LAYERS = 3, 4
MEMORY = 150  # MB
RECIPE = """\
    tree: [{{from: configs, to: configs}}]
    licences: [Apache-2.0]
    models: [{{from: weights-{seq}, to: models/w, name: w, licence: Apache-2.0, use_policy: any, quantisation: bf16}}]
    images: [{{from: 'oci:images-{seq}', name: 'paper/app:{seq}'}}]
    """


PREPARE = """
    mkdir -p package/images package/configs
    cat images-1/blobs/sha256/* | gzip > package/images/app.tar.gz
    cp -r weights-1/ package/models/
    cp -r configs/ package/configs/
    cd package
    find . -type f -exec sha256sum {} \\; > CHECKSUMS.sha256
    gpg --yes --detach-sign --output CHECKSUMS.sha256.sig CHECKSUMS.sha256
    cd ..
    tar -czf package.tar.gz package/
    mv package prepared
    rm -r prepared/models prepared/images
    """
UNPACK = "tar -xzf package.tar.gz\n"
VERIFY = """
    cd package
    gpg --verify CHECKSUMS.sha256.sig CHECKSUMS.sha256
    grep -v CHECKSUMS.sha256 CHECKSUMS.sha256 | sha256sum -c
    cd ..
    """
COPY = """
    mkdir installed
    cp -r package/configs/ package/models/ installed/
    gzip -dc package/images/app.tar.gz > installed/app.tar
    """
PLAIN_COPY = "mkdir copied; cp -a weights-1 configs images-1 copied/; sync -f copied"


@dataclass(frozen=True)
class Place:
    """Where everything lies, and how many bytes are to be packed."""

    folder: Path
    weight: int  # bytes of one of the weight files
    layer: int  # bytes of one layer, about

    @property
    def size(self) -> int:
        return sum(path.stat().st_size for name in ("configs", "weights-1", "images-1") for path in files(self / name))

    def __truediv__(self, name: str) -> Path:
        return self.folder / name


def rows(gigabytes: float = GIGABYTES) -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="b-") as folder, makers(made(Path(folder) / "keys")) as known:
        place = Place(Path(folder), int(gigabytes * 1e9 / 4), int(gigabytes * 1e9 / 16))
        _alone(build_first, place)
        yield from _creating(place, known)
        yield from _installing(place, known)
        shutil.rmtree(place / "site")
        _alone(build_second, place)
        yield from _deltas(place, known)


def _alone(build: Callable[[Place], None], place: Place) -> None:
    """In a process of its own: what it holds in memory would count for the commands that are started later."""
    process = multiprocessing.get_context("spawn").Process(target=build, args=(place,))
    process.start()
    process.join()
    if process.exitcode:
        raise RuntimeError("the tree was not built")


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _creating(place: Place, known: Makers) -> Iterator[Row]:
    guide = the_guides(place, known, PREPARE)
    ours = create(place, known, 1)
    amount = place.size / GIB
    yield Row(
        f"create, nothing compressible, {place.size / 1e9:.2f} GB",
        f"the guide's docker save, gzip, sha256sum, gpg, tar -czf: {guide.cpu:.1f} CPU-s, {guide.wall:.0f} s",
        "≤ 1.3 CPU-s per GiB",
        f"{ours.cpu:.1f} CPU-s, {ours.cpu / amount:.2f} per GiB, {ours.wall:.1f} s",
        ours.cpu / amount <= 1.3,
    )
    yield _memory("create", ours)


def _installing(place: Place, known: Makers) -> Iterator[Row]:
    signing.sign(place / "bundles/1", (*known.targets[:2], known.daily), now())
    os.environ["GNUPGHOME"] = str(known.home)
    signing.sign_openpgp(place / "bundles/1", (), now())
    amount, proved = place.size / GIB, site(place, known, "verify")
    guide = the_guides(place, known, UNPACK + VERIFY)
    checked = the_guides(place, known, VERIFY)
    yield Row(
        "verify",
        f"the guide's gpg --verify, sha256sum -c: {checked.cpu:.1f} CPU-s",
        "≤ 0.8 CPU-s per GiB",
        f"{proved.cpu:.1f} CPU-s, {proved.cpu / amount:.2f} per GiB, {proved.wall:.1f} s",
        proved.cpu / amount <= 0.8,
    )
    yield _memory("verify", proved)
    guide = added(guide, the_guides(place, known, COPY))
    remove_large(place, "package.tar.gz", "package/models", "package/images", "installed/models", "installed/app.tar")
    plain = the_guides(place, known, PLAIN_COPY)
    remove_large(place, "copied/weights-1", "copied/images-1")
    ours = site(place, known, "install", "--least-seq", "1", "--yes")
    yield Row(
        "install, verified",
        f"the guide's tar -xzf, gpg, sha256sum -c, cp -r: {guide.cpu:.1f} CPU-s; cp -a + sync {plain.wall:.1f} s",
        "≤ 1.4 CPU-s per GiB, wall ≤ 1.3 × cp -a + sync",
        f"{ours.cpu:.1f} CPU-s, {ours.cpu / amount:.2f} per GiB, {ours.wall:.1f} s",
        ours.cpu / amount <= 1.4 and ours.wall <= 1.3 * plain.wall,
    )
    yield _memory("install", ours)


def _memory(what: str, cost: Cost) -> Row:
    return Row(f"{what}, memory", "-", f"≤ {MEMORY} MB", f"{cost.memory:.0f} MB", cost.memory <= MEMORY)


def remove_large(place: Place, *names: str) -> None:
    for name in names:
        shutil.rmtree(place / name) if (place / name).is_dir() else (place / name).unlink()


def added(one: Cost, other: Cost) -> Cost:
    return Cost(one.cpu + other.cpu, max(one.memory, other.memory), one.wall + other.wall, one.status or other.status)


def site(place: Place, known: Makers, what: str, *more: str) -> Cost:
    """Our command at a site that has nothing but the paper."""
    root = sha256((known.roots / "1.root.json").read_bytes()).hexdigest()
    paper = ["--root", root, "--fingerprint", known.fingerprint]
    where = ["--folder", str(place / "site/opt"), "--state", str(place / "site/state")]
    (place / "site").mkdir(exist_ok=True)
    os.sync()
    return coderev("bundle", what, str(place / "bundles/1"), *paper, *where, *more)


def _deltas(place: Place, known: Makers) -> Iterator[Row]:
    ours = create(place, known, 2, "--since", "1")
    patches = {blob.unpacked.size: blob for blob in open_own(place / "bundles/2").manifest.blobs if blob.patch}
    weight = max(patches.values(), key=lambda blob: blob.unpacked.size, default=None)
    layer = min((blob for blob in patches.values() if blob.unpacked.size > PIECE), key=_size, default=None)
    yield _patched("1 % of a weight file's pages changed", weight, 2)
    yield _patched("five files changed in an image layer", layer, 0.5)
    yield Row(
        "delta, all of it",
        "-",
        f"≤ {MEMORY} MB",
        f"{ours.cpu:.1f} CPU-s, {ours.wall:.1f} s, {ours.memory:.0f} MB",
        ours.memory <= MEMORY,
    )


def _size(blob: Blob) -> int:
    return blob.unpacked.size


def _patched(what: str, blob: Blob | None, goal: float) -> Row:
    share = 100.0 if blob is None else 100 * blob.size / blob.unpacked.size
    return Row(f"delta after {what}", "the guide: 100 %", f"≤ {goal:g} %", f"{share:.2f} %", share <= goal)


def create(place: Place, known: Makers, seq: int, *more: str) -> Cost:
    """Our command on the recipe of a release."""
    recipe = write_recipe(place.folder, RECIPE.format(seq=seq), seq=seq)
    (place / "bundles").mkdir(exist_ok=True)
    given = ["--output", place / f"bundles/{seq}", "--roots", known.roots, "--keyring", known.keyring, *more]
    os.sync()
    return coderev("bundle", "create", str(recipe), *map(str, given))


def coderev(*argv: str) -> Cost:
    cost = once([COMMAND, *argv])
    if cost.status:
        raise RuntimeError("a command of ours failed: what it cost says nothing")
    return cost


def the_guides(place: Place, known: Makers, script: str) -> Cost:
    """Some of the guide's own commands, with `cat` of the layers for `docker save`; `tar` without `-v`."""
    known.home.joinpath("gpg.conf").write_text("batch\nno-tty\npinentry-mode loopback\npassphrase ''\n")
    os.sync()
    cost = once(["bash", "-ec", script], folder=place.folder, env={"GNUPGHOME": str(known.home)})
    if cost.status:
        raise RuntimeError("the guide's commands failed")
    return cost


def build_first(place: Place) -> None:
    """Weights as safetensors, layers as tar files in an OCI layout, small files: all of it noise."""
    chance = random.Random(1)
    model = made(place / "weights-1")
    (model / "config.json").write_text(json.dumps({"architectures": ["Paper"], "torch_dtype": "bfloat16"}))
    for number in range(1, WEIGHTS + 1):
        _weights(model / f"model-{number}.safetensors", place.weight, number)
    _layout(place / "images-1", [_layer(place.layer, number) for number in range(LAYERS)])
    for number in range(SMALL_FILES):
        path = place / f"configs/{number % 100:02}/{number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(chance.randbytes(chance.randrange(200, 8000)))


def build_second(place: Place) -> None:
    """The next release: the same, but 1 % of the pages of one weight file, and five files of one layer."""
    chance, model = random.Random(2), made(place / "weights-2")
    for path in files(place / "weights-1"):
        shutil.copy(path, model / path.name)
    changed = model / "model-2.safetensors"
    pages = range(1, changed.stat().st_size // PAGE)
    with changed.open("r+b") as file:
        for page in chance.sample(pages, len(pages) // 100):
            file.seek(page * PAGE)
            file.write(chance.randbytes(PAGE))
    layers = [_layer(place.layer, number, changes=5 if number == 1 else 0) for number in range(LAYERS)]
    _layout(place / "images-2", layers)


def _weights(path: Path, size: int, number: int) -> None:
    count = size // 2
    tensor = {"dtype": "BF16", "shape": [count], "data_offsets": [0, 2 * count]}
    header = json.dumps({f"w{number}": tensor}).encode()
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(header)) + header)
        left = 2 * count
        while left:
            left -= file.write(os.urandom(min(left, PIECE)))


def _layer(size: int, number: int, changes: int = 0) -> list[tuple[str, bytes]]:
    """Names and contents of a layer's files, from 1 kB to 1 MB; some of them rewritten, and longer than before."""
    chance, found = random.Random(100 + number), list[tuple[str, bytes]]()
    while size > 0:
        content = chance.randbytes(chance.randrange(1000, 1_000_000))
        found.append((f"usr/lib/{len(found):05}", content))
        size -= len(content)
    for place in random.Random(7).sample(range(len(found)), changes):
        name, content = found[place]
        found[place] = (name, chance.randbytes(20_000) + content[10_000:])
    return found


def _layout(folder: Path, layers: Sequence[Sequence[tuple[str, bytes]]]) -> None:
    layout = Layout(folder)
    layout.index(tagged(layout.manifest(Made.of(*map(_tar, layers))), "1"))


def _tar(entries: Sequence[tuple[str, bytes]]) -> bytes:
    out = BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in entries:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, BytesIO(content))
    return out.getvalue()


if __name__ == "__main__":
    for row in rows(float(sys.argv[1]) if sys.argv[1:] else GIGABYTES):
        print(f"| {row.what} | {row.peer} | {row.goal} | {row.ours} | {'yes' if row.met else 'no'} |", flush=True)
