"""Records of before say what ran: by the defaults of the revision that made them."""

import json
import subprocess

import pytest

from inrbench.cells import completion, records
from inrbench.cells.completion import Revision, complete, complete_below, revision_of
from inrbench.experiments import files as experiments

REGISTRY = """
_BUILT_IN = (
    ("dataset", "disc", "discs:disc", "disc"),
    ("network", "net", "nets:Net", "net"),
    ("objective", "ls", "ls:LS", "LS"),
    ("gradient", "jvp", "jvp:JVP", "JVP"),
    ("method", "inr", "inr:INR", "INR"),
)
"""
FILES = {
    "registry.py": REGISTRY,
    "discs.py": "def disc(size=16, noise=None): ...",
    "nets.py": "class Net:\n    def __init__(self, dimension, scale, width=8): ...",
    "ls.py": "class LS:\n    def __init__(self, scan, projector): ...",
    "jvp.py": "@dataclass\nclass JVP:\n    rate: float = 0.5\n    chunk: int | None = None"
    "\n    sampler: str = 'uniform'",
    "inr.py": "from inrbench.base import Base\n@dataclass\nclass INR(Base):\n    scale: float = 1",
    "base.py": "@dataclass\nclass Base:\n    iterations: int = 20",
}
ASKED = {
    "dataset": {"name": "disc"},
    "method": {"name": "inr", "network": {"name": "net"}, "objective": {"name": "ls"},
               "gradient": {"name": "jvp"}},
    "checkpoints": 5, "limits": {"seconds": 9.0},
}  # fmt: skip


def git(folder, *words, **more):
    environment = {f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER")
                   for what in ("NAME", "EMAIL")} | more  # fmt: skip
    done = subprocess.run(["git", "-C", folder, *words], capture_output=True, text=True,
                          env=environment, check=True)  # fmt: skip
    return done.stdout.strip()


@pytest.fixture
def history(tmp_path):
    """A repository and two commits, the second with another default width."""
    package = tmp_path / "clone" / "inrbench"
    package.mkdir(parents=True)
    repository = package.parent
    git(repository, "init", "-q")
    commits = []
    for day, width in ((1, 8), (3, 64)):
        for name, text in FILES.items():
            (package / name).write_text(text.replace("width=8", f"width={width}"))
        git(repository, "add", ".")
        date = f"2026-01-0{day}T00:00:00Z"
        git(repository, "commit", "-qm", "c", GIT_COMMITTER_DATE=date, GIT_AUTHOR_DATE=date)
        commits.append(git(repository, "rev-parse", "HEAD"))
    return repository, commits


def old(revision=None, created="2026-01-02T00:00:00+00:00", spec=ASKED):
    return {
        "schema_version": 1, "labels": {"dataset": "disc", "method": "INR"}, "status": "ok",
        "command": "again",
        "cell": {"experiment": "e", "preset": "p", "dataset": "d", "method": "m", "seed": 0},
        "spec": spec, "created": created,
        "machine": {"key": {}, "fingerprint": {"git": {"revision": revision, "dirty": False}}},
    }  # fmt: skip


def test_defaults_are_those_of_the_revision_that_made_the_record(history):
    repository, commits = history
    for commit, width in zip(commits, (8, 64), strict=True):
        found = complete(old(commit), Revision(repository, commit))
        assert found["spec"] == {
            "dataset": {"name": "disc", "size": 16, "noise": None},
            "method": {
                "name": "inr", "iterations": 20,
                "network": {"name": "net", "width": width},
                "objective": {"name": "ls", "subsets": 1},
                "gradient": {"name": "jvp", "rate": 0.5, "chunk": "auto", "sampler": "uniform"},
            },
            "checkpoints": 5, "limits": {"seconds": 9.0},
        }  # fmt: skip
        assert found["completed"] == commit
        records.Record.model_validate(found)


def test_what_the_record_says_itself_is_kept(history):
    repository, commits = history
    given = ASKED | {"method": ASKED["method"] | {"gradient": {"name": "jvp", "chunk": None}}}
    found = complete(old(spec=given), Revision(repository, commits[0]))
    assert found["spec"]["method"]["gradient"] == {
        "name": "jvp", "rate": 0.5, "chunk": None, "sampler": "uniform",
    }  # fmt: skip


def test_a_revision_that_is_gone_is_the_last_one_before_the_record(history):
    repository, commits = history
    assert revision_of(old(commits[1]), repository) == commits[1]
    assert revision_of(old("0" * 40), repository) == commits[0]
    assert revision_of(old(None, "2026-01-04T00:00:00+00:00"), repository) == commits[1]
    with pytest.raises(ValueError, match="has neither its revision None nor one before 2025"):
        revision_of(old(None, "2025-01-01T00:00:00+00:00"), repository)


def test_a_folder_is_completed_once_and_what_cannot_be_is_named(history, tmp_path):
    repository, commits = history
    plug_in = ASKED | {"method": ASKED["method"] | {"network": {"name": "mine"}}}
    for name, fields in {"a": old(commits[0]), "b": old(commits[0], spec=plug_in)}.items():
        (tmp_path / "results" / name).mkdir(parents=True)
        (tmp_path / "results" / name / "record.json").write_text(json.dumps(fields))
    (tmp_path / "results" / "c").mkdir()
    (tmp_path / "results" / "c" / "record.json").write_text("{")
    done, (plugged, cut) = complete_below(tmp_path / "results", repository)
    assert done == 1 and records.read(tmp_path / "results" / "a").completed == commits[0]
    assert "network 'mine' was not built in at" in plugged and "c/record.json" in cut
    with pytest.raises(ValueError, match=r"its spec has no defaults .*inrbench complete"):
        records.read(tmp_path / "results" / "b")
    assert complete_below(tmp_path / "results", repository)[0] == 0


def test_the_kept_records_are_complete():
    assert completion.BEFORE != records.SCHEMA
    for path in (experiments.SHIPPED.parents[1] / "results" / "reference").rglob("record.json"):
        assert records.read(path).spec["method"]["name"]
