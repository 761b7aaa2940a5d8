"""The commands `inrbench data`: data sets are listed, downloaded, checked and prepared."""

from __future__ import annotations

from typing import Annotated

import typer

from inrbench.cli.options import Name, Preset

data = typer.Typer(help="List, download, check and prepare data sets.", no_args_is_help=True)


@data.command("list")
def list_data() -> None:
    """List the measured data sets: what is here, size, licence, and how to get the rest."""
    from inrbench.datasets.folder import data_folder
    from inrbench.datasets.holdings import size, there
    from inrbench.datasets.manifest import load_manifest, manifest_names
    from inrbench.tables.page import Page
    from inrbench.tables.terminal import show

    rows = []
    for name in manifest_names():
        manifest = load_manifest(name)
        here, files = there(manifest, data_folder() / name)
        share = "no" if not here else "yes" if here == files else f"{here} of {files} files"
        how = f"inrbench data fetch {name}"
        if manifest.by_hand:
            how += f", which says what to take from {manifest.by_hand.page}"
        rows.append((name, share, size(manifest), manifest.licence, how if here < files else ""))
    headings = ("data set", "fetched", "size", "licence", "to fetch")
    columns = dict(zip(headings, map(list, zip(*rows, strict=True)), strict=True))
    show(Page(f"Measured data sets, in {data_folder()}", columns))


@data.command()
def fetch(name: Annotated[str, typer.Argument(help="A data set of data_manifests/")]) -> None:
    """Download a measured data set, resuming and checking; does nothing where it is complete.

    Where a person has to fetch files, it says which, and takes them from where they were unpacked.
    """
    from inrbench.datasets.by_hand import gather
    from inrbench.datasets.download import fetch as fetch_file
    from inrbench.datasets.folder import data_folder
    from inrbench.datasets.manifest import load_manifest
    from inrbench.datasets.members import fetch_members, known_marks
    from inrbench.io.progress import progress

    manifest, folder = load_manifest(name), data_folder() / name
    for file in manifest.files:
        with progress(file.name) as show:
            print(fetch_file(file, folder, name, show))
    for archive in manifest.archives:
        with progress(archive.name) as show:
            members = fetch_members(archive, folder, name, show)
        unchecked = len(set(archive.paths) - known_marks(archive, folder).keys())
        doubt = f", {unchecked} of them not checked: their CRC-32 is not known"
        print(f"{folder}: {len(members)} members of {archive.name}{doubt if unchecked else ''}")
    if manifest.by_hand:
        with progress(name) as show:
            files = gather(manifest.by_hand, folder, name, show)
        print(f"{folder}: {len(files)} files, not checked: no checksum of them is known")


@data.command()
def verify(name: Annotated[str, typer.Argument(help="A data set of data_manifests/")]) -> None:
    """Check the files of a downloaded data set against their checksums."""
    from inrbench.datasets.by_hand import absent
    from inrbench.datasets.download import verify as verify_file
    from inrbench.datasets.folder import data_folder
    from inrbench.datasets.manifest import load_manifest
    from inrbench.datasets.members import verify_members

    manifest, folder = load_manifest(name), data_folder() / name
    faults = [fault for file in manifest.files if (fault := verify_file(file, folder))]
    for archive in manifest.archives:
        faults += verify_members(archive, folder)
    if manifest.by_hand:
        faults += [f"{folder / file} is missing" for file in absent(manifest.by_hand, folder)]
    if faults:
        more = f"; and {len(faults) - 10} more" if len(faults) > 10 else ""
        raise ValueError("; ".join(faults[:10]) + more)
    count = len(manifest.files) + sum(len(archive.paths) for archive in manifest.archives)
    if count:
        print(f"{name}: {count} files are whole")
    if manifest.by_hand:
        print(
            f"{name}: {len(manifest.by_hand.names)} files are there, not checked: no checksum of "
            "them is known"
        )


@data.command()
def prepare(
    name: Name,
    dataset: Annotated[str, typer.Argument(help="Label of a data set in the experiment")],
    preset: Preset = None,
) -> None:
    """Simulate or read one data set of an experiment and keep the case as a file."""
    from inrbench.datasets import prepare as prepare_case
    from inrbench.experiments import files as experiments

    loaded = experiments.load(name, preset)
    print(prepare_case(loaded.dataset(dataset), loaded.folder))
