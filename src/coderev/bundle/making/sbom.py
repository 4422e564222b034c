"""The bill of materials of a bundle: CycloneDX 1.6 in JSON (ECMA-424), the same bytes for the same contents. Pure.

A model is a component `machine-learning-model` with a model card, an image a `container`, any other file a `file`. A
file's digest in a bundle is made of chunk digests (spec/bundle.md 4.2), which is no hash that CycloneDX knows, so it
stands as a property; `hashes` holds what is SHA-256 of something whole: an image's manifest, a model's list of files.
"""

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from coderev.bundle.format.entries import File, Image, Model

SPDX = (  # identifiers that models and their tools often have; any other licence goes in by its name
    "Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause", "BSD-3-Clause-Clear", "ISC", "MPL-2.0", "Unlicense",
    "CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "CDLA-Permissive-2.0", "ECL-2.0",
    "EUPL-1.2", "PostgreSQL", "Artistic-2.0", "AGPL-3.0-only", "AGPL-3.0-or-later", "GPL-2.0-only", "GPL-3.0-only",
    "GPL-3.0-or-later", "LGPL-2.1-only", "LGPL-3.0-only",
)  # fmt: skip
_SPDX = {name.lower(): name for name in SPDX}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """What is known of a model beyond the manifest; `parameters` is None where it cannot be counted."""

    model: Model
    architecture: str | None
    parameters: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a bill lists. `files` are all of the tree but the bill itself; `sizes` are bytes of contents by digest."""

    product: str
    version: str
    seq: int
    files: tuple[File, ...]
    sizes: Mapping[str, int]
    images: tuple[Image, ...] = ()
    models: tuple[ModelFacts, ...] = ()
    created: datetime | None = None  # in UTC; None in a bundle, for no time goes into a part (4.10)


def bill_of_materials(contents: Contents) -> bytes:
    """The bill, in canonical order. Its serial number is made from its own content."""
    folders = tuple(f"{facts.model.folder}/" for facts in contents.models)
    loose = [file for file in contents.files if not file.path.startswith((*folders, "images/"))]
    components = [
        *(_model(facts, contents) for facts in contents.models),
        *(_image(image) for image in contents.images),
        *(_file(file, contents) for file in loose),
    ]
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            **_timestamp(contents.created),
            "component": {
                "type": "application",
                "bom-ref": "bundle",
                "name": contents.product,
                "version": contents.version,
                "properties": _properties({"seq": contents.seq}),
            },
        },
        "components": components,
        "dependencies": [{"ref": "bundle", "dependsOn": sorted(each["bom-ref"] for each in components)}],
    }
    serial = uuid.uuid5(uuid.NAMESPACE_OID, hashlib.sha256(_json(bill)).hexdigest())
    return _json(bill | {"serialNumber": f"urn:uuid:{serial}"})


def _timestamp(created: datetime | None) -> dict[str, str]:
    return {} if created is None else {"timestamp": f"{created:%Y-%m-%dT%H:%M:%SZ}"}


def _model(facts: ModelFacts, contents: Contents) -> dict[str, Any]:
    model = facts.model
    said = {"architectureFamily": facts.architecture} if facts.architecture else {}
    return {
        "type": "machine-learning-model",
        "bom-ref": f"model:{model.name}",
        "name": model.name,
        "hashes": _hashes(model.digest),
        "licenses": [{"license": _licence(model.licence)}],
        "modelCard": {
            **({"modelParameters": said} if said else {}),
            "properties": _properties(
                {
                    "parameters": facts.parameters,
                    "quantisation": model.quantisation,
                    "use-policy": model.use_policy,
                    **{f"chat-template:{each.path}": each.digest for each in model.chat_templates},
                }
            ),
        },
        "properties": _properties({"hash": "SHA-256 of the list of its files, spec/bundle.md 12.1"}),
        "components": [_file(each, contents) for each in contents.files if each.path.startswith(f"{model.folder}/")],
    }


def _image(image: Image) -> dict[str, Any]:
    name, _, tag = image.name.rpartition(":")
    layers = {f"layer:{number}": digest for number, digest in enumerate(image.layers)}
    return {
        "type": "container",
        "bom-ref": f"image:{image.name}",
        "name": name or image.name,
        "version": tag if name else image.manifest,
        "hashes": _hashes(image.manifest.removeprefix("sha256:")),
        "properties": _properties(
            {"architecture": image.architecture, "config": image.config, "os": image.os, **layers}
        ),
    }


def _file(file: File, contents: Contents) -> dict[str, Any]:
    return {
        "type": "file",
        "bom-ref": f"file:{file.path}",
        "name": file.path,
        "properties": _properties({"digest": file.blob, "mode": file.mode, "size": contents.sizes[file.blob]}),
    }


def _licence(licence: str) -> dict[str, str]:
    known = _SPDX.get(licence.lower())
    return {"id": known} if known else {"name": licence}


def _hashes(digest: str) -> list[dict[str, str]]:
    return [{"alg": "SHA-256", "content": digest}]


def _properties(said: dict[str, object]) -> list[dict[str, str]]:
    known: Iterable[tuple[str, object]] = ((name, value) for name, value in said.items() if value is not None)
    return [{"name": f"coderev:{name}", "value": str(value)} for name, value in known]


def _json(value: Any) -> bytes:
    return msgspec.json.encode(value, order="deterministic")
