"""Manifests say whose data it is, where it lies and how to know it; mistakes become sentences."""

import json
import subprocess
import sys

import pytest
import yaml

from inrbench import registry
from inrbench.datasets.braces import expanded
from inrbench.datasets.manifest import load_manifest, manifest_names

SHA256 = "0" * 64
FIELDS = {
    "name": "disc",
    "title": "A disc",
    "licence": "CC-BY-4.0",
    "citation": "Somebody: A disc, 2024.",
    "doi": "10.5281/zenodo.1",
    "reader": "tooth",
    "geometry": "parallel beam",
    "files": [
        {
            "name": "disc.h5",
            "addresses": ["https://example.org/disc.h5"],
            "size": 3,
            "sha256": SHA256,
            "checksum_source": "stated",
        }
    ],
}


def written(folder, **changes):
    fields = {**FIELDS, **changes}
    unshared = json.loads(json.dumps(fields))
    (folder / "disc.yaml").write_text(yaml.safe_dump(unshared))
    return folder


ARCHIVE = {
    "name": "disc.zip",
    "addresses": ["https://example.org/disc.zip"],
    "sha256": SHA256,
    "checksum_source": "stated",
    "most": 9,
    "members": ["disc/scan_{08..12..2}.tif", "disc/dark.tif"],
}


def archive_with(**changes):
    return [{key: value for key, value in {**ARCHIVE, **changes}.items() if value is not None}]


def by_hand_with(**changes):
    fields = {"page": "https://example.org/disc", "take": "download it", "files": ["disc.tif"]}
    return {key: value for key, value in {**fields, **changes}.items() if value is not None}


def file_with(**changes):
    fields = {**FIELDS["files"][0], **changes}
    return [{key: value for key, value in fields.items() if value is not None}]


@pytest.mark.parametrize("name", manifest_names())
def test_manifest_of_this_checkout_is_complete(name):
    manifest = load_manifest(name)
    assert manifest.licence and manifest.citation and manifest.doi
    assert manifest.reader in registry.names("dataset")
    assert all(file.size > 0 for file in manifest.files)
    assert manifest.files or manifest.archives or manifest.by_hand
    for file in (*manifest.files, *manifest.archives):
        assert file.addresses and file.checksum[1]
        for address in file.addresses:
            assert address.startswith("https://")
            if "raw.githubusercontent.com" in address:  # a branch may move, a commit cannot
                assert len(address.split("/")[5]) == 40, f"{address} does not name a commit"


def test_both_measured_data_sets_have_a_manifest():
    assert {"htc2022", "tooth"} <= set(manifest_names())


def test_manifests_and_downloads_need_no_torch():
    code = (
        "import sys, inrbench.datasets.manifest as m, inrbench.datasets.download;"
        "import inrbench.datasets.members, inrbench.datasets.by_hand;"
        "[m.load_manifest(name) for name in m.manifest_names()];"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_sha256_is_the_one_checked_and_md5_does_alone(tmp_path):
    md5 = "1" * 32
    both = load_manifest("disc", written(tmp_path, files=file_with(md5=md5)))
    assert both.files[0].checksum == ("sha256", SHA256)
    alone = load_manifest("disc", written(tmp_path, files=file_with(sha256=None, md5=md5)))
    assert alone.files[0].checksum == ("md5", md5)


def test_archive_names_its_members_by_their_numbers(tmp_path):
    (archive,) = load_manifest("disc", written(tmp_path, archives=archive_with())).archives
    numbered = [f"disc/scan_{number}.tif" for number in ("08", "10", "12")]
    assert archive.paths == (*numbered, "disc/dark.tif")


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [
        ("a.tif", ["a.tif"]),
        ("a_{9..11}.tif", ["a_9.tif", "a_10.tif", "a_11.tif"]),
        ("a_{000000..000001}", ["a_000000", "a_000001"]),
        ("v{1..2}/a{0..1}", ["v1/a0", "v1/a1", "v2/a0", "v2/a1"]),
    ],
)
def test_numbers_in_braces(pattern, paths):
    assert expanded(pattern) == paths


def test_what_is_fetched_by_hand_is_enough(tmp_path):
    by_hand = by_hand_with(files=["disc.txt", "disc_{08..10}.tif"])
    manifest = load_manifest("disc", written(tmp_path, files=[], by_hand=by_hand))
    assert manifest.by_hand.names == ("disc.txt", "disc_08.tif", "disc_09.tif", "disc_10.tif")


def test_unknown_name_gets_the_nearest(tmp_path):
    with pytest.raises(ValueError, match=r"no manifest for data set 'dics'.*did you mean 'disc'"):
        load_manifest("dics", written(tmp_path))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"license": "MIT"}, r"disc.yaml: unknown key 'license': did you mean 'licence'\?"),
        (
            {"files": file_with(sha265="a")},
            r"unknown key 'sha265' in files\[0\]: did you mean 'sha256'\?",
        ),
        ({"files": file_with(size=None)}, r"missing key 'size' in files\[0\]: add it"),
        ({"files": file_with(sha256=None)}, r"files\[0\]: disc.h5 has neither sha256 nor md5"),
        ({"files": file_with(sha256="12")}, r"files\[0\].sha256='12'"),
        ({"files": file_with(name="../disc.h5")}, r"files\[0\].name='../disc.h5'"),
        (
            {"files": file_with(addresses=["ftp://a/b"])},
            r"'ftp://a/b' is not an http\(s\) address",
        ),
        ({"files": [*file_with(), *file_with(size=4)]}, r"'disc.h5' is listed 2 times"),
        ({"files": []}, r"neither files nor archives: state at least one"),
        ({"archives": archive_with(name="disc.h5")}, r"'disc.h5' is listed 2 times"),
        ({"archives": archive_with(members=None)}, r"missing key 'members' in archives\[0\]"),
        (
            {"archives": archive_with(member=["a"])},
            r"unknown key 'member' in archives\[0\]: did you mean 'members'\?",
        ),
        ({"archives": archive_with(members=["../a"])}, r"'../a' is not a path of a file below"),
        ({"archives": archive_with(members=["/a"])}, r"'/a' is not a path of a file below"),
        ({"archives": archive_with(members=["a/"])}, r"'a/' is not a path of a file below"),
        ({"archives": archive_with(members=["a", "a"])}, r"'a' is listed 2 times: keep one"),
        ({"archives": archive_with(members=["{3..1}"])}, r"'\{3..1\}': expected numbers such as"),
        ({"archives": archive_with(members=["{1..3..0}"])}, r"expected numbers such as"),
        ({"archives": archive_with(members=["{1..3"])}, r"expected numbers such as"),
        ({"archives": archive_with(members=["a*"])}, r"'a\*' is not a path of a file below"),
        (
            {"by_hand": by_hand_with(page="example.org")},
            r"'example.org' is not an http\(s\) address",
        ),
        ({"by_hand": by_hand_with(take=None)}, r"missing key 'take' in by_hand: add it"),
        ({"by_hand": by_hand_with(pages="a")}, r"unknown key 'pages' in by_hand: .* 'page'"),
        ({"by_hand": by_hand_with(files=[])}, r"by_hand.files: "),
        ({"by_hand": by_hand_with(files=["a/b"])}, r"'a/b' is not the name of a file without its"),
        ({"by_hand": by_hand_with(files=["a_{1..2}", "a_2"])}, r"'a_2' is listed 2 times: keep"),
        ({"reader": "thoot"}, r"reader='thoot': unknown dataset 'thoot': did you mean 'tooth'"),
        ({"name": "disk"}, r"disc.yaml: name 'disk' must be 'disc'"),
        ({"files": file_with(name="/etc/disc.h5")}, r"files\[0\].name='/etc/disc.h5'"),
        ({"files": file_with(name="..")}, r"files\[0\].name='..'"),
        ({"files": file_with(name="a\\b")}, r"files\[0\].name="),
        ({"files": file_with(name="a" * 300)}, r"files\[0\].name='aaa"),
        ({"files": file_with(addresses=["https://a b"])}, r"'https://a b' is not an http\(s\)"),
        ({"files": file_with(size="9" * 5000)}, r"files\[0\].size='999"),
        ({"archives": archive_with(members=["a/../b"])}, r"'a/../b' is not a path of a file"),
        ({"archives": archive_with(members=["a//b"])}, r"'a//b' is not a path of a file"),
        ({"archives": archive_with(members=["a" * 501])}, r"is not a path of a file below"),
        (
            {"archives": archive_with(members=["{0..99999}", "b"])},
            r"'b' stands for 1 names",
        ),
        ({"archives": archive_with(members=["{0..999999999}"])}, r"stands for 1000000000 names"),
        (
            {"archives": archive_with(members=["{0..9}" * 999])},
            r"stands for 1000\d* names",
        ),
        (
            {"archives": archive_with(members=["{0.." + "9" * 5000 + "}"])},
            r"expected numbers such as",
        ),
        ({"archives": archive_with(most=None)}, r"missing key 'most' in archives\[0\]"),
        ({"archives": archive_with(most=0)}, r"archives\[0\].most="),
        ({"by_hand": by_hand_with(files=["a{0..99}"] * 2)}, r"'a0' is listed 2 times"),
        ({"title": "a\x1b[2Jdisc"}, r"title=.*with control characters"),
        ({"title": ""}, r"title='': empty"),
        ({"files": [{}] * 9}, r"missing key 'name' in files\[0\].*; and \d+ more faults"),
    ],
)
def test_mistake_becomes_a_sentence(tmp_path, changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        load_manifest("disc", written(tmp_path, **changes))


ALIASES = "a: &a [b, b]\n" + "\n".join(f"c{n}: &c{n} [*a, *a]" for n in range(9))


@pytest.mark.parametrize(
    "text",
    [
        "", "- 1", "name: [", "1: 2", "[" * 10_000, "a: " * 3000, "- " * 3000, ALIASES, "\x00",
        "a: !!python/object/apply:os.system [ls]", "? [a]\n: b", "a: !!bool maybe", "&a [*a]",
        "#" * 2**20 + "#", "{a: !!timestamp 99}", "!!int ''", "<<: 1", "%YAML 9.9\n---\na",
    ],
)  # fmt: skip
def test_file_that_is_no_manifest_says_which(tmp_path, text):
    (tmp_path / "disc.yaml").write_text(text)
    with pytest.raises(ValueError, match=r"disc\.yaml[^\n]*$") as error:
        load_manifest("disc", tmp_path)
    assert len(str(error.value)) < 2000
