"""Planes of volumes: the right voxels, the right way up, and their errors beside them."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from inrbench import figures, registry
from inrbench.cells import records
from inrbench.cells.record import CellName, Record
from inrbench.cells.result import in_folder
from inrbench.datasets import prepare, prepared_path
from inrbench.datasets.case import Case
from inrbench.figures.images import plane
from inrbench.figures.reconstructions import draw as reconstructions
from inrbench.figures.results import Results
from inrbench.figures.slices import draw
from inrbench.grid import Grid

DATA = {"name": "shepp_logan", "size": 16, "views": 4, "detector": 8}
# Numbers that name their own place: 100 k + 10 i + j at slice k, row i, column j.
NAMED = np.add.outer(100 * np.arange(3), np.add.outer(10 * np.arange(4), np.arange(5)))


def write(folder, method, image=None, network=None):
    """A cell of the phantom; without an image it ran out of memory."""
    folder.mkdir(parents=True)
    labels = {"dataset": "Shepp-Logan", "method": method}
    if network:
        labels |= {"network": network, "objective": "LS", "gradient": "exact"}
    if image is not None:
        np.savez(folder / "image.npz", final=image, best=0.5 * image)
    record = Record(
        cell=CellName(experiment="e", preset="p", dataset="d", seed=0,
                      method=f"{method}{network}"),
        labels=labels, status="out_of_memory" if image is None else "ok", command="again",
        spec={"dataset": DATA, "method": {"name": method.lower()}}, created="now", unit="mm",
        metrics={} if image is None else {"mse": 2e-6, "best_mse": 1e-6, "best_iteration": 3},
    )  # fmt: skip
    (folder / "record.json").write_text(record.model_dump_json())
    return folder


@pytest.fixture
def truth(monkeypatch, data_folder):
    monkeypatch.setenv("INRBENCH_DATA", str(data_folder))
    prepare(DATA)
    return Case.open(prepared_path(DATA)).reference.numpy()


@pytest.fixture
def folders(tmp_path, truth):
    return [
        write(tmp_path / "cgls", "CGLS", 2.2 * truth),  # its best iterate is 1.1 times the truth
        write(tmp_path / "siren", "INR", 0.9 * truth, "SIREN"),
        write(tmp_path / "hash", "INR", None, "hash encoding"),
    ]


def test_planes_are_the_right_way_up():
    """Row 0 has the largest y, z grows with the slice: z is up, and y to the right from the x."""
    assert plane(NAMED, "z", 0, 1.0).tolist() == NAMED[1].tolist()
    coronal = plane(NAMED, "y", 0.5, 1.0)
    assert coronal.shape == (3, 5)
    assert coronal[0].tolist() == NAMED[2, 1].tolist() and coronal[2, 0] == NAMED[0, 1, 0]
    sagittal = plane(NAMED, "x", 0, 1.0)
    assert sagittal.shape == (3, 4)
    assert sagittal[0].tolist() == NAMED[2, ::-1, 2].tolist() and sagittal[2, 0] == NAMED[0, 3, 2]


@pytest.mark.parametrize("normal", ["z", "y", "x"])
def test_a_plane_through_a_voxel_s_centre_shows_that_voxel(normal):
    grid = Grid(NAMED.shape, 2.0)
    axis = "zyx".index(normal)
    for index, position in enumerate(grid.axes()["xyz".index(normal)]):
        found = plane(NAMED, normal, position, grid.spacing)
        assert sorted(found.ravel()) == sorted(NAMED.take(index, axis).ravel())


def test_a_plane_at_the_edge_is_the_last_one_and_beyond_it_a_sentence():
    assert plane(NAMED, "z", 3.0, 2.0)[0, 0] == 200 and plane(NAMED, "z", -3.0, 2.0)[0, 0] == 0
    with pytest.raises(ValueError, match=r"y=4\.1: the grid reaches from -4 to 4 along y"):
        plane(NAMED, "y", 4.1, 2.0)


def test_a_row_has_three_planes_and_their_errors(folders, truth):
    drawn = draw(Results.of(map(in_folder, folders)), at={"z": 24.0}, window=[0.0, 0.03])
    panels = [axes for axes in drawn.axes if axes.images]
    assert len(panels) == 3 + 6 + 6
    spacing = 256 / 16
    expected = [plane(truth, n, at, spacing) for n, at in (("z", 24.0), ("y", 0), ("x", 0))]
    for row, factor in ((panels[3:9], 1.1), (panels[9:], 0.9)):
        for image, error, part in zip(row[:3], row[3:], expected, strict=True):
            np.testing.assert_allclose(image.images[0].get_array(), factor * part, rtol=1e-5)
            np.testing.assert_allclose(
                error.images[0].get_array(), (factor - 1) * part, rtol=1e-4, atol=1e-8
            )
            low, high = error.images[0].get_clim()
            assert low == -high
    labels = [axes.get_ylabel() for axes in drawn.axes]
    assert {"truth", "CGLS, iteration 3\nMSE 1.00e-06", "SIREN\nLS, exact\nMSE 2.00e-06"} < {
        *labels
    }
    assert "axial, z = 24 mm" in [axes.get_title() for axes in drawn.axes]
    assert "out of memory" in [text.get_text() for axes in drawn.axes for text in axes.texts]
    plt.close(drawn)


def test_slices_are_written_and_refuse_what_they_cannot_show(folders, tmp_path):
    written = figures.draw({"slices": {}}, map(in_folder, folders), tmp_path / "out")
    assert all(path.stat().st_size > 1000 for path in written)
    results = Results.of(map(in_folder, folders))
    with pytest.raises(ValueError, match="unknown normal 'zz': did you mean 'z'"):
        draw(results, at={"zz": 1.0})
    with pytest.raises(ValueError, match="x=200: the grid reaches from -128 to 128"):
        draw(results, at={"x": 200})


def test_positions_of_another_type_are_refused_before_anything_is_drawn():
    registry.check_parameters("figure 'slices'", draw, {"at": {"z": -20, "x": 5.5}})
    with pytest.raises(ValueError, match="'top'}: input should be a"):
        registry.check_parameters("figure 'slices'", draw, {"at": {"z": "top"}})


def test_images_of_a_plane_scan_are_refused(tmp_path, monkeypatch, data_folder):
    monkeypatch.setenv("INRBENCH_DATA", str(data_folder))
    flat = {"name": "forbild", "size": 24, "views": 12, "columns": 32}
    prepare(flat)
    folder = write(tmp_path / "fbp", "FBP", np.zeros((24, 24)))
    record = records.read(folder).model_copy(
        update={"spec": {"dataset": flat, "method": {"name": "fbp"}}}
    )
    (folder / "record.json").write_text(record.model_dump_json())
    with pytest.raises(ValueError, match="two-dimensional; draw the figure `reconstructions`"):
        draw(Results.of(map(in_folder, [folder])))


def test_without_the_reference_there_is_a_sentence(folders, tmp_path, monkeypatch):
    monkeypatch.setenv("INRBENCH_DATA", str(tmp_path / "elsewhere"))
    assert "not prepared" in draw(Results.of(map(in_folder, folders))).texts[0].get_text()
    assert (
        "not prepared"
        in reconstructions(Results.of(map(in_folder, folders)), z=2.0).texts[0].get_text()
    )
    drawn = reconstructions(Results.of(map(in_folder, folders)))  # the middle is known without it
    assert len([axes for axes in drawn.axes if axes.images]) == 2
    plt.close("all")


def test_reconstructions_of_a_volume_are_axial_slices(folders, truth):
    drawn = reconstructions(Results.of(map(in_folder, folders)), z=-40.0)
    shown = [axes.images[0].get_array() for axes in drawn.axes if axes.images]
    expected = plane(truth, "z", -40.0, 16.0)
    for image, factor in zip(shown, (1.0, 0.9, 1.1), strict=True):
        np.testing.assert_allclose(image, factor * expected, rtol=1e-5)
    plt.close(drawn)
