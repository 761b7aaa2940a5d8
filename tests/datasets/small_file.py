"""A small file for tests of downloads, and the call that fetches it."""

import hashlib

from inrbench.datasets.download import fetch
from inrbench.datasets.manifest import File
from inrbench.datasets.source import Patience

GOOD = bytes(range(256)) * 400
WRONG = GOOD[:-1] + b"?"
HALF = len(GOOD) // 2


def disc(*addresses, algorithm="sha256", content=GOOD):
    digest = hashlib.new(algorithm, content).hexdigest()
    return File(name="disc.bin", addresses=addresses, size=len(content),
                checksum_source="verified", **{algorithm: digest})  # fmt: skip


def get(file, folder, attempts=4, window=60.0, least=2**16, **parameters):
    patience = Patience(attempts, 0.0, window, least)
    return fetch(file, folder, "discs", patience=patience, **parameters)


def names(folder):
    return sorted(path.name for path in folder.iterdir())
