"""Revisions as folders: the right files in each, and nothing left behind or disturbed."""

import subprocess

import pytest

from inrbench.compare.worktrees import checkout_of, resolve, worktrees


def git(folder, *arguments):
    who = ("-c", "user.name=A", "-c", "user.email=a@b")
    done = subprocess.run(["git", "-C", folder, *who, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path):
    """A repository of two commits, with the tag `old` at the first."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    git(folder, "init", "--quiet")
    (folder / ".gitignore").write_text("ignored\n")
    for content in ("old", "new"):
        (folder / "file").write_text(content)
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "-m", content)
    git(folder, "tag", "old", "HEAD~1")
    return folder


def listed(checkout):
    return len(git(checkout, "worktree", "list").splitlines())


def test_each_folder_has_the_files_of_its_revision_for_as_long_as_it_is_needed(checkout):
    asked = [resolve(checkout, name) for name in ("old", "HEAD")]
    with worktrees(checkout, asked) as folders:
        assert [(folder / "file").read_text() for folder in folders] == ["old", "new"]
    assert not any(folder.exists() for folder in folders)
    assert listed(checkout) == 1


def test_a_revision_stands_beside_itself(checkout):
    asked = [resolve(checkout, "HEAD")] * 2
    with worktrees(checkout, asked) as folders:
        assert folders[0] != folders[1] and all((f / "file").exists() for f in folders)
    assert listed(checkout) == 1


@pytest.mark.parametrize("end", [KeyboardInterrupt, SystemExit, ValueError])
def test_they_are_removed_however_the_block_ends(checkout, end):
    with pytest.raises(end), worktrees(checkout, [resolve(checkout, "old")]) as (folder,):
        (folder / "file").write_text("edited")
        (folder / "made here").write_text("")
        raise end
    assert not folder.exists() and listed(checkout) == 1


def test_a_revision_that_cannot_be_checked_out_leaves_nothing_of_the_other(checkout):
    good = resolve(checkout, "old")
    bad = type(good)("gone", "0" * 40)
    with pytest.raises(ValueError, match="git worktree"), worktrees(checkout, [good, bad]):
        pass
    assert listed(checkout) == 1


@pytest.mark.parametrize("name", ["WORKTREE", "."])
def test_the_files_as_they_are_new_ones_too_and_not_those_that_git_ignores(checkout, name):
    (checkout / "file").write_text("edited")
    git(checkout, "add", "file")
    (checkout / "file").write_text("edited again")
    (checkout / "new file").write_text("new")
    (checkout / "ignored").write_text("")
    before = git(checkout, "status", "--porcelain=v2")
    with worktrees(checkout, [resolve(checkout, name)]) as (folder,):
        (checkout / "file").write_text("edited while it runs")
        assert (folder / "file").read_text() == "edited again"
        assert (folder / "new file").exists() and not (folder / "ignored").exists()
        (checkout / "file").write_text("edited again")
    assert git(checkout, "status", "--porcelain=v2") == before
    assert git(checkout, "stash", "list") == ""


def test_the_same_files_are_the_same_revision(checkout):
    head = resolve(checkout, "HEAD").commit
    assert resolve(checkout, "WORKTREE").commit == head
    (checkout / "file").write_text("edited")
    first = resolve(checkout, "WORKTREE").commit
    assert first != head and resolve(checkout, "WORKTREE").commit == first
    (checkout / "file").write_text("edited again")
    assert resolve(checkout, "WORKTREE").commit != first


@pytest.mark.parametrize("name", ["nowhere", "", "--all", "HEAD:file"])
def test_an_unknown_revision_gets_a_sentence(checkout, name):
    with pytest.raises(ValueError, match="expected a branch, tag or commit, or WORKTREE"):
        resolve(checkout, name)


def test_a_package_outside_a_checkout_of_its_own_has_no_revisions(tmp_path, checkout):
    assert checkout_of(checkout / "inrbench") == checkout.resolve()
    for package in (tmp_path / "site-packages" / "inrbench", checkout / "vendor" / "inrbench"):
        package.mkdir(parents=True)
        with pytest.raises(ValueError, match="is no git checkout of inrbench"):
            checkout_of(package)
