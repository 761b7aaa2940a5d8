"""Manifests: what a data set is, where its files lie, and how to know that they arrived whole.

One YAML file a data set, `data_manifests/<name>.yaml`. `files` are fetched whole; of `archives`,
zips too large for that, only some members are; what is `by_hand`, a person fetches. Nothing here
imports torch, so that a download, a list of licences or a check of addresses needs none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from inrbench import registry
from inrbench.datasets.braces import all_expanded
from inrbench.io import shipped, yaml_file

FOLDER = shipped.ROOT / "data_manifests"
_NAME = r"^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,199}$"
_LONGEST = 500  # letters of a path


def _words(text: str) -> str:
    if not text or not text.isprintable():
        raise ValueError("empty, or with control characters: write it on one line")
    return text


def _http(address: str) -> str:
    if not re.fullmatch(r"https?://[!-~]+", address):
        raise ValueError(f"{address!r:.99} is not an http(s) address")
    return address


Words = Annotated[str, AfterValidator(_words)]
Address = Annotated[str, AfterValidator(_http)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Remote(_Strict):
    """What files and archives share: a name, where the bytes are, and their digest."""

    name: str = Field(pattern=_NAME)
    addresses: tuple[Address, ...] = Field(min_length=1)
    checksum_source: Literal["verified", "stated"]
    sha256: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")
    md5: str | None = Field(default=None, pattern="^[0-9a-f]{32}$")

    @model_validator(mode="after")
    def _has_checksum(self) -> _Remote:
        if self.sha256 is None and self.md5 is None:
            raise ValueError(f"{self.name} has neither sha256 nor md5: state at least one")
        return self

    @property
    def checksum(self) -> tuple[str, str]:
        """The digest to check, as (algorithm, hexadecimal digits)."""
        return ("sha256", self.sha256) if self.sha256 else ("md5", self.md5)


class File(_Remote):
    """One file: the bytes that every address must yield.

    Args:
        name: its name on disk, without a folder.
        addresses: http(s) addresses of the same bytes, tried in this order.
        size: bytes.
        checksum_source: "verified" (computed from bytes that were read successfully) or "stated"
            (copied from the publisher's page, never seen to match).
        sha256: hexadecimal digest; it is the one checked where both are given.
        md5: hexadecimal digest, for publishers that state no other.
    """

    size: int = Field(gt=0)


class Archive(_Remote):
    """A zip of which some members are taken, by HTTP range requests.

    A member lies at `data/<data set>/<its path in the archive>`, and on a mirror folder likewise,
    so that an unpacked archive can serve. Each is checked against the CRC-32 that the directory
    of the archive states, which is kept beside the data. The digests below are those of the whole
    archive, for whoever has it whole: no member is checked by them.

    Args:
        name: the archive's name on a mirror; the archive itself is never kept.
        addresses: http(s) addresses of the same bytes on servers that serve ranges.
        most: bytes that the members may have together: an archive that states more is refused.
        members: paths in the archive. `{000020..001200..20}` stands for every 20th number, zeros
            in front as many as the first number has; the step is 1 where none is given.
        checksum_source, sha256, md5: as for a file.
    """

    most: int = Field(gt=0)
    members: tuple[str, ...] = Field(min_length=1)

    @field_validator("members")
    @classmethod
    def _within_the_folder(cls, members: tuple[str, ...]) -> tuple[str, ...]:
        part = re.compile(r"(?!\.|.*\.\.)[\w.+ -]*[\w+-]", re.ASCII)
        for path in all_expanded(members):
            if len(path) > _LONGEST or not all(map(part.fullmatch, path.split("/"))):
                raise ValueError(f"{path!r:.99} is not a path of a file below the archive's root")
        return members

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Every member's path, in the order of `members`."""
        return tuple(all_expanded(self.members))


class ByHand(_Strict):
    """Files that a person fetches, because their addresses or checksums are not known.

    They lie at `data/<data set>/<name>`. Nothing can be said of them but that they are there.

    Args:
        page: http(s) address of the page where they are found.
        take: what to take there and what to do with it, after "open <page>, ".
        files: names, without a folder; numbers in braces as for an archive's members.
    """

    page: Address
    take: Words
    files: tuple[str, ...] = Field(min_length=1)

    @field_validator("files")
    @classmethod
    def _plain_names(cls, files: tuple[str, ...]) -> tuple[str, ...]:
        for name in all_expanded(files):
            if not re.fullmatch(_NAME, name):
                raise ValueError(f"{name!r:.99} is not the name of a file without its folder")
        return files

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Every file's name, in the order of `files`."""
        return tuple(all_expanded(self.files))


class Manifest(_Strict):
    """A measured data set.

    Args:
        name: as in the file's name and in `data/<name>/`.
        title: one line for people.
        licence: SPDX identifier, or a short name with the holder.
        citation: what a paper that uses the data cites.
        doi: of the data, or of the publication to cite for it.
        reader: registered name (kind "dataset") of the function that makes a case of it.
        geometry: the scan in words and numbers: lengths in mm, angles in degrees.
        files: what to fetch whole.
        archives: of what to fetch members. Files and archives have distinct names.
        by_hand: what a person fetches. There is at least one of the three.
    """

    name: str
    title: Words
    licence: Words
    citation: Words
    doi: str = Field(pattern=r"^10\.[0-9]{4,9}/[!-~]+$")
    reader: str
    geometry: Words
    files: tuple[File, ...] = ()
    archives: tuple[Archive, ...] = ()
    by_hand: ByHand | None = None

    @field_validator("reader")
    @classmethod
    def _registered(cls, reader: str) -> str:
        registry.check("dataset", reader)
        return reader

    @model_validator(mode="after")
    def _distinct(self) -> Manifest:
        names = [one.name for one in (*self.files, *self.archives)]
        if not names and self.by_hand is None:
            raise ValueError("neither files nor archives: state at least one, or what is by_hand")
        for name, count in Counter(names).items():
            if count > 1:
                raise ValueError(f"{name!r} is listed {count} times: keep one entry")
        return self


def manifest_names(folder: Path = FOLDER) -> list[str]:
    """Every data set with a manifest, in alphabetical order."""
    return sorted(path.stem for path in folder.glob("*.yaml"))


def load_manifest(name: str, folder: Path = FOLDER) -> Manifest:
    """The manifest of a data set.

    Args:
        name: a data set that has one, see `manifest_names`.
        folder: where manifests lie; by default those that came with inrbench.

    Raises:
        ValueError: an unknown name or key, with the nearest known one; a value that is missing or
            impossible; or a `name` inside the file that is not the file's own.
    """
    if name not in manifest_names(folder):
        known = registry.nearest(name, manifest_names(folder))
        raise ValueError(f"no manifest for data set {name!r} in {folder}: {known}")
    path = folder / f"{name}.yaml"
    try:
        manifest = Manifest.model_validate(yaml_file.read(path))
    except ValidationError as error:
        faults = error.errors(include_url=False)
        more = f"; and {len(faults) - 5} more faults" if len(faults) > 5 else ""
        sentences = "; ".join(_sentence(fault) for fault in faults[:5])
        raise ValueError(f"{path.name}: {sentences}{more}") from error
    if manifest.name != name:
        raise ValueError(f"{path.name}: name {manifest.name!r} must be {name!r}, as the file's")
    return manifest


def _sentence(fault: dict) -> str:
    """What is wrong, at which key, and what the key might have been meant to be."""
    *parents, key = fault["loc"] or ("",)
    inside = f" in {_path(parents)}" if parents else ""
    if fault["type"] == "extra_forbidden":
        schemas = {"files": File, "archives": Archive, "by_hand": ByHand}
        schema = schemas.get(parents[0] if parents else "", Manifest)
        known = list(schema.model_fields)
        return f"unknown key {key!r:.99}{inside}: {registry.nearest(str(key), known)}"
    if fault["type"] == "missing":
        return f"missing key {key!r}{inside}: add it"
    where, value = _path(fault["loc"]) or "the whole file", fault["input"]
    shown = f"={value!r:.99}" if isinstance(value, str | int | float) else ""
    return f"{where}{shown}: {fault['msg'].removeprefix('Value error, ')}"


def _path(location: Sequence[str | int]) -> str:
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return "".join(parts).removeprefix(".")
