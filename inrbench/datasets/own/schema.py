"""The YAML that describes a scan of one's own, key by key.

    data:     {file: tooth.h5, key: exchange/data, axes: [views, rows, columns], row: 0,
               are: counts, dark: {file: tooth.h5, key: exchange/data_dark}, flat: {...}}
    geometry: {beam: parallel, unit: pixel, pixel: 1, centre: 296,
               angles: {file: tooth.h5, key: exchange/theta, unit: degrees}}
    grid:     {shape: 320, spacing: 1}
    views:    {use: 31}
    scale:    0.008

Paths are relative to the YAML. No torch, so that a spec can be checked where it is written.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AllowInfNan,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictInt,
    ValidationError,
    model_validator,
)

from inrbench import registry
from inrbench.io import fault, yaml_file

Axis = Literal["views", "rows", "columns"]
Number = Annotated[float, AllowInfNan(False)]
Positive = Annotated[float, Field(gt=0), AllowInfNan(False)]
Whole = Annotated[StrictInt, Field(ge=0)]
Several = Annotated[
    list[str], Field(min_length=1), BeforeValidator(lambda v: [v] if isinstance(v, str) else v)
]

LENGTHS = {"m": 1000.0, "cm": 10.0, "mm": 1.0, "um": 1e-3, "pixel": 1.0}
"""Unit of length -> mm, or pixels."""
PROGRAMS = ("astra", "tigre", "leap", "heltomo")
"""Programs whose description of a geometry is read."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StoredArray(_Strict):
    """An array in a file."""

    file: Several
    """.npy, .npz, .h5 (.hdf5, .nxs, .hdf), .mat, .tif (.tiff) or .txt. Several, or a pattern as
    "views/*.tif", are joined along the views, in the order of the list or of their names."""
    key: str | None = None
    """Path of the array in the file: "exchange/data"; of a MATLAB struct "CtData/sinogram"."""
    skip: Whole = 0
    """Of a .txt: numbers before the first that counts."""


class ViewAngles(_Strict):
    """One angle a view: numbers, a range or a file; t = zero + sign * angle."""

    unit: Literal["degrees", "radians"]
    values: list[Number] | None = None
    first: Number | None = None
    """Of a range: its first angle ..."""
    step: Number | None = None
    """... and the step to the next; the data say how many there are."""
    file: Several | None = None
    key: str | None = None
    skip: Whole = 0
    sign: Literal[1, -1] = 1
    """-1 where the scanner turns the other way: a wrong sign doubles or mirrors the image."""
    zero: Number = 0.0
    """Added to each: only turns the image."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        ways = [self.values is not None, self.first is not None, self.file is not None]
        if sum(ways) != 1 or (self.first is None) != (self.step is None):
            raise ValueError("give either `values`, or `first` and `step`, or a `file`")
        return self


class Region(_Strict):
    """Part of a detector: first and end of its rows and columns."""

    rows: tuple[Whole, Whole]
    columns: tuple[Whole, Whole]


class Readings(StoredArray):
    """What the detector read in each view."""

    axes: Annotated[list[Axis], Field(min_length=1)]
    """Of the array, in the file's order: [views, rows, columns], or [views, columns] in two
    dimensions; of one image of a pattern [rows, columns]."""
    flip: list[Axis] = []
    """Axes that run backwards. Whatever counts rows and columns below counts them after this."""
    are: Literal["counts", "transmission", "line_integrals"]
    """line_integrals: already -log."""
    dark: StoredArray | Number = 0.0
    """Readings without the beam, frames first; or one number."""
    flat: StoredArray | Number | None = None
    """Readings of the open beam, frames first; or one number."""
    air: Region | None = None
    """In place of `flat`: where no ray meets the object; its mean is the open beam of the view."""
    image_key: StoredArray | None = None
    """NeXus: 0 a view, 1 a flat, 2 a dark, of each frame of the one array that holds all."""
    row: Whole | None = None
    """Of a stack: the one detector row to take, which makes a cone or a stack two-dimensional."""
    rows: tuple[Whole, Whole] | None = None
    """First row that is kept, and the first one that is not."""
    columns: tuple[Whole, Whole] | None = None
    dead: list[Whole] = []
    """Columns to replace by what lies between their neighbours."""
    binning: Annotated[StrictInt, Field(ge=1)] = 1
    """Edge of the squares of pixels whose readings are averaged, before the logarithm."""

    @model_validator(mode="after")
    def _frames(self) -> Self:
        open_beam = [one for one in (self.flat, self.air, self.image_key) if one is not None]
        if self.are != "counts" and (open_beam or self.dark):
            raise ValueError(f"{self.are} take no dark, flat or image_key: say `are: counts`")
        if self.are == "counts" and len(open_beam) != 1:
            raise ValueError("counts need either `flat`, `air` or `image_key`")
        return self


class Beam(_Strict):
    """Where the rays run; lengths in `unit`, pixels as recorded, before binning and crop."""

    unit: Literal["m", "cm", "mm", "um", "pixel"]
    """Of every length here; pixel where the size of a pixel is not known."""
    beam: Literal["parallel", "fan", "cone", "vectors"] | None = None
    angles: ViewAngles | None = None
    pixel: Positive | None = None
    """Edge of a detector pixel."""
    source_to_axis: Positive | None = None
    source_to_detector: Positive | None = None
    centre: Number | None = None
    """Column, counted from 0, that the rotation axis is seen on; default: the middle, or what the
    file of a program says."""
    centre_row: Number | None = None
    """Of a cone: row, counted from 0, that the plane of the source is seen on."""
    offset: Number | None = None
    """In place of `centre`: shift of the detector along its columns, in `unit`."""
    offset_row: Number | None = None
    """In place of `centre_row`: shift of the detector along z, in `unit`."""
    tilt: Number = 0.0
    """Of a cone: degrees by which the detector's columns axis is turned towards its rows axis."""
    vectors: StoredArray | None = None
    """Twelve numbers a view: source, centre of the detector, step to the next column and row."""
    astra: str | None = None
    """A projection geometry as JSON or YAML; its arrays are lists."""
    tigre: str | None = None
    """DSD, DSO, nDetector, dDetector ... as JSON or YAML."""
    leap: str | None = None
    """A parameter file of LEAP."""
    heltomo: str | None = None
    """A MATLAB file with CtData.parameters, or the .txt of FIPS's data sets."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        programs = [name for name in PROGRAMS if getattr(self, name) is not None]
        if len(programs) + (self.beam is not None) != 1:
            raise ValueError(f"give either `beam` or one of {', '.join(PROGRAMS)}")
        if programs:
            given = self.model_fields_set - {"unit", "angles", "centre", *programs}
            if given:
                raise ValueError(f"{sorted(given)[0]}: the file of {programs[0]} says that")
            return self
        for one in ("centre", "centre_row"):
            other = one.replace("centre", "offset")
            if getattr(self, one) is not None and getattr(self, other) is not None:
                raise ValueError(f"give `{one}` or `{other}`, but not both")
        needed = {
            "parallel": ("angles", "pixel"),
            "fan": ("angles", "pixel", "source_to_axis", "source_to_detector"),
            "cone": ("angles", "pixel", "source_to_axis", "source_to_detector"),
            "vectors": ("vectors",),
        }[self.beam]
        for key in needed:
            if getattr(self, key) is None:
                raise ValueError(f"a beam that is {self.beam} needs `{key}`")
        flat = {"centre", "offset"}
        optional = {"parallel": flat, "fan": flat, "vectors": set(),
                    "cone": flat | {"centre_row", "offset_row", "tilt"}}[self.beam]  # fmt: skip
        if extra := self.model_fields_set - {"unit", "beam", *needed, *optional}:
            raise ValueError(f"{sorted(extra)[0]}: a beam that is {self.beam} takes none")
        return self


class FieldOfView(_Strict):
    """The grid to reconstruct on."""

    shape: Annotated[StrictInt, Field(ge=1)] | list[Annotated[StrictInt, Field(ge=1)]]
    """Pixels a side, or [ny, nx], or [nz, ny, nx]."""
    spacing: Positive
    """Edge of a pixel or voxel, in the geometry's unit. The detector's pixel as it is at the axis:
    pixel * source_to_axis / source_to_detector."""
    centre: list[Number] | None = None
    """[x, y, z] of the grid's centre as seen from the rotation axis, of a cone; default: on it."""


class Views(_Strict):
    """Which views methods get, and which ones judge them."""

    use: StrictInt | list[Whole]
    """How many, evenly spread; or which, counted from 0."""
    hold_out: list[Whole] | None = None
    """Default: all the others."""
    leave_out: list[Whole] = []
    """Views that are spoilt. Counts above are of the views that remain."""
    repeated: Literal["refuse", "drop"] = "refuse"
    """drop: of views at one angle that agree to the bit the first stays, and all are sorted."""


class OwnScan(_Strict):
    """A scan of one's own."""

    scale: Positive | None = None
    """Typical attenuation of the main material, in 1/unit; `inrbench scan check` suggests one."""
    layout: dict[Literal["naf", "r2_gaussian"], str] | None = None
    """In place of `data`, `geometry`, `grid` and `views`: a file of such a program."""
    data: Readings | None = None
    geometry: Beam | None = None
    grid: FieldOfView | None = None
    views: Views | None = None
    reference: Literal["cgls", "fdk"] | StoredArray = "cgls"
    """Image to compare with: a reconstruction from all views, or a file in 1/unit, (rows, columns)
    with the largest y first, or (slices, rows, columns) with the smallest z first."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        parts = ("data", "geometry", "grid", "views")
        if self.layout is not None:
            given = [name for name in parts if getattr(self, name) is not None]
            if given or len(self.layout) != 1:
                raise ValueError(f"`layout` is one file that says all; drop {', '.join(given)}")
            return self
        for name in parts:
            if getattr(self, name) is None:
                raise ValueError(f"`{name}` is missing; `inrbench new scan FILE` writes it")
        return self


def read(path: Path) -> OwnScan:
    """What a YAML says.

    Raises:
        FileNotFoundError: no such file.
        ValueError: with the key that is wrong, what was expected and the nearest known key.
    """
    document = yaml_file.read(path)
    try:
        return OwnScan.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        sentence = fault.sentence_of(first)
        if first["type"] == "extra_forbidden":
            sentence += f": {registry.nearest(str(first['loc'][-1]), _known(first['loc']))}"
        raise ValueError(f"{path}: {sentence}") from None


def _known(location: tuple[str | int, ...]) -> list[str]:
    """Keys that may stand where an unknown one does."""
    model: type[BaseModel] = OwnScan
    inner = {"data": Readings, "air": Region, "geometry": Beam, "grid": FieldOfView,
             "views": Views, "angles": ViewAngles}  # fmt: skip
    for step in location[:-1]:
        model = inner.get(step, StoredArray)
    return list(model.model_fields)
