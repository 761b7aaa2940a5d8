"""Files that a person has fetched: from wherever they were unpacked into their places.

Their checksums are not known, so that nothing is checked and nothing is ever replaced: a file in
its place stays. Nothing here imports torch.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from inrbench.datasets.folder import DownloadError, copy, refuse_folders
from inrbench.datasets.source import Progress, is_http, mirror

if TYPE_CHECKING:
    from inrbench.datasets.manifest import ByHand


def gather(
    by_hand: ByHand, folder: Path, dataset_name: str, progress: Progress | None = None
) -> list[Path]:
    """Have the files in `folder`; those that are there stay.

    A file in a subfolder of `folder`, where an archive's own layout may have put it, is moved up.
    What is still missing is copied from the data set's folder on a mirror or from its subfolders;
    a mirror that is an http address is not asked.

    Args:
        by_hand: which files, and where a person finds them.
        folder: where they belong, made if need be.
        dataset_name: its folder on the mirror.
        progress: called with (files in place, files in all) after each that is copied.

    Returns:
        folder / name of each file.

    Raises:
        DownloadError: files that are nowhere, with what a person has to do; a name that lies in
            two subfolders; or a folder where a file belongs.
    """
    folder.mkdir(parents=True, exist_ok=True)
    refuse_folders(*(folder / name for name in by_hand.names))
    for name, found in _below(folder, absent(by_hand, folder)).items():
        found.replace(folder / name)
    unpacked = mirror(dataset_name)
    if unpacked and not is_http(unpacked):
        there = _below(Path(unpacked), absent(by_hand, folder))
        done = len(by_hand.names) - len(absent(by_hand, folder))
        for count, (name, found) in enumerate(there.items(), done + 1):
            copy(found, folder / name)
            if progress is not None:
                progress(count, len(by_hand.names))
    if missing := absent(by_hand, folder):
        raise DownloadError(
            f"{len(missing)} of {len(by_hand.names)} files of {dataset_name} are missing, the "
            f"first of them {missing[0]}, and are fetched by hand: open {by_hand.page}, "
            f"{by_hand.take}; put the files into {folder.resolve()}, in subfolders or not, or "
            f"into {dataset_name}/ in a folder that INRBENCH_MIRROR names, and run the command "
            "again; what is there stays"
        )
    return [folder / name for name in by_hand.names]


def absent(by_hand: ByHand, folder: Path) -> list[str]:
    """Names of the files that are not in their places."""
    return [name for name in by_hand.names if not (folder / name).is_file()]


def _below(root: Path, names: list[str]) -> dict[str, Path]:
    """Where files of these names lie in a folder and its subfolders."""
    wanted, found = set(names), {}
    for path in sorted(root.rglob("*")) if wanted else ():
        if path.name in wanted and path.is_file():
            if path.name in found:
                raise DownloadError(
                    f"{found[path.name]} and {path} have the same name: move the wrong one away, "
                    "and run the command again"
                )
            found[path.name] = path
    return found
