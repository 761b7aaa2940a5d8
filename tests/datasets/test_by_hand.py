"""Files that a person fetches: taken from wherever they lie, and none of them ever lost."""

import shutil

import pytest
from typer.testing import CliRunner

from inrbench.cli import app
from inrbench.datasets.by_hand import absent, gather
from inrbench.datasets.folder import DownloadError
from inrbench.datasets.manifest import ByHand, load_manifest

DISCS = ByHand(
    page="https://example.org/discs", take="download discs.zip", files=("a.txt", "a_{1..3}.tif")
)


def put(folder, *names, content=b"whole"):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(content)


def get(folder, **parameters):
    return gather(DISCS, folder, "discs", **parameters)


def test_what_lies_nowhere_says_where_to_find_it_and_where_to_put_it(folder, mirror):
    put(folder, "a.txt")
    with pytest.raises(DownloadError) as error:
        get(folder)
    sentence = str(error.value)
    assert "3 of 4 files of discs are missing, the first of them a_1.tif" in sentence
    assert "open https://example.org/discs, download discs.zip" in sentence
    assert str(folder) in sentence and "INRBENCH_MIRROR" in sentence
    assert (folder / "a.txt").read_bytes() == b"whole"


def test_files_unpacked_into_subfolders_are_moved_into_their_places(folder, mirror):
    put(folder, "a.txt")
    put(folder / "part_1" / "raw", "a_1.tif", "a_3.tif", "notes.md")
    put(folder / "part_2", "a_2.tif")
    assert get(folder) == [folder / name for name in DISCS.names]
    assert absent(DISCS, folder) == [] and (folder / "part_1" / "raw" / "notes.md").exists()


def test_a_mirror_and_its_subfolders_are_copied_and_stay(folder, mirror):
    put(mirror, "a.txt")
    put(mirror / "deeper" / "still", "a_1.tif", "a_2.tif", "a_3.tif")
    seen = []
    get(folder, progress=lambda *counts: seen.append(counts))
    assert sorted(path.name for path in folder.iterdir()) == sorted(DISCS.names)
    assert seen == [(count, 4) for count in range(1, 5)]
    assert (mirror / "deeper" / "still" / "a_2.tif").read_bytes() == b"whole"


def test_a_file_in_its_place_is_never_replaced(folder, mirror):
    put(folder, "a.txt", content=b"mine")
    put(folder / "old", "a.txt", content=b"older")
    put(mirror, *DISCS.names)
    get(folder)
    get(folder)
    assert (folder / "a.txt").read_bytes() == b"mine"
    assert (folder / "old" / "a.txt").read_bytes() == b"older"


def test_what_a_mirror_has_arrives_although_some_is_missing(folder, mirror):
    put(mirror, "a.txt", "a_2.tif")
    with pytest.raises(DownloadError, match=r"2 of 4 files of discs are missing, .* a_1.tif"):
        get(folder)
    assert absent(DISCS, folder) == ["a_1.tif", "a_3.tif"]


def test_a_copy_that_breaks_off_leaves_no_file_under_the_name(folder, mirror, monkeypatch):
    put(mirror, *DISCS.names)
    copyfile = shutil.copyfile

    def full_disk(source, target):
        if source.name == "a_2.tif":
            target.write_bytes(b"wh")
            raise OSError("No space left on device")
        return copyfile(source, target)

    monkeypatch.setattr(shutil, "copyfile", full_disk)
    with pytest.raises(OSError, match="No space left"):
        get(folder)
    assert not (folder / "a_2.tif").exists()
    monkeypatch.undo()
    monkeypatch.setenv("INRBENCH_MIRROR", str(mirror.parent))
    get(folder)
    assert (folder / "a_2.tif").read_bytes() == b"whole"


def test_two_files_of_one_name_are_left_for_the_person_to_choose(folder, mirror):
    put(folder / "one", "a_1.tif")
    put(folder / "two", "a_1.tif", content=b"other")
    with pytest.raises(DownloadError, match=r"one/a_1.tif and .*two/a_1.tif have the same name"):
        get(folder)
    assert (folder / "two" / "a_1.tif").read_bytes() == b"other"


def test_a_folder_where_a_file_belongs_is_named(folder, mirror):
    (folder / "a.txt").mkdir(parents=True)
    with pytest.raises(DownloadError, match=r"a.txt is a folder where a file was expected"):
        get(folder)


def test_an_http_mirror_is_not_asked(folder, server, monkeypatch):
    monkeypatch.setenv("INRBENCH_MIRROR", server.address(""))
    with pytest.raises(DownloadError, match="4 of 4 files"):
        get(folder)
    assert server.requests == 0


@pytest.mark.parametrize("name", ["fips_walnut", "fips_pine_cone", "fips_seashell"])
def test_the_commands_fetch_and_verify_such_a_set(name, tmp_path):
    by_hand = load_manifest(name).by_hand
    assert len(by_hand.names) == 722 and load_manifest(name).doi in by_hand.page
    folders = {
        "INRBENCH_DATA": str(tmp_path / "data"), "INRBENCH_MIRROR": str(tmp_path / "mirror")
    }  # fmt: skip
    put(tmp_path / "mirror" / name / "unpacked", *by_hand.names[:-1])
    done = CliRunner().invoke(app, ["data", "fetch", name], env=folders)
    assert done.exit_code == 1 and f"1 of 722 files of {name} are missing" in str(done.exception)
    done = CliRunner().invoke(app, ["data", "verify", name], env=folders)
    assert done.exit_code == 1 and "0721.tif is missing" in str(done.exception)
    put(tmp_path / "mirror" / name, by_hand.names[-1])
    done = CliRunner().invoke(app, ["data", "fetch", name], env=folders)
    assert done.exit_code == 0 and "722 files, not checked" in done.output
    done = CliRunner().invoke(app, ["data", "verify", name], env=folders)
    assert done.exit_code == 0 and "whole" not in done.output
    assert f"{name}: 722 files are there, not checked" in done.output
