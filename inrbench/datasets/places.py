"""The members of an archive in their places, and what a directory says of them.

Each is read once for its length and CRC-32, however many directories are asked.
"""

from __future__ import annotations

from pathlib import Path

from inrbench.datasets.directory_file import Directory
from inrbench.datasets.member_file import beside, length_and_crc


class Places:
    """Where an archive's members belong.

    Args:
        folder: that of the data set.
        paths: of the members, as the archive names them.
    """

    def __init__(self, folder: Path, paths: list[str]) -> None:
        self.folder, self.paths = folder, paths
        self._found: dict[str, tuple[int, int]] = {}

    def absent(self) -> list[str]:
        """Members not in place."""
        return [path for path in self.paths if not (self.folder / path).exists()]

    def confirmed(self, directory: Directory | None) -> list[str]:
        """Members in place that are what the directory states."""
        return [path for path in self._listed(directory) if self._agrees(path, directory)]

    def contradicted(self, directory: Directory | None) -> list[str]:
        """Members in place of which the directory states something else."""
        return [path for path in self._listed(directory) if not self._agrees(path, directory)]

    def missing(self, directory: Directory | None) -> list[str]:
        """Members not in place, or with other bytes than the directory states."""
        return self.absent() + self.contradicted(directory)

    def changed(self, path: str) -> None:
        """Note that a member was put into its place."""
        self._found.pop(path, None)

    def arrived(self) -> bool:
        """Whether there is a member, or a beginning of one."""
        parts = (beside(self.folder / path, "part") for path in self.paths)
        return len(self.absent()) < len(self.paths) or any(
            part.exists() and part.stat().st_size for part in parts
        )

    def _listed(self, directory: Directory | None) -> list[str]:
        members = directory.members if directory else {}
        return [path for path in self.paths if path in members and (self.folder / path).exists()]

    def _agrees(self, path: str, directory: Directory) -> bool:
        if path not in self._found:
            self._found[path] = length_and_crc(self.folder / path)
        member = directory.members[path]
        return self._found[path] == (member.size, member.crc)
