"""Other programs' geometries: rays by each one's own formulas through an object without symmetry.

The rays of a program are written down here from its documentation, pixel by pixel, and nothing of
them comes from the reader under test. A wrong sign, order or unit gives other line integrals.
"""

import numpy as np
import pytest

from inrbench.geometry import ConeBeam, ConeVectors, FanBeam, ParallelBeam
from inrbench.geometry.foreign import astra, heltomo, leap, naf, tigre
from inrbench.phantoms import ellipses, ellipsoids
from inrbench.testing.projectors import ASYMMETRIC, ASYMMETRIC_3D

VIEWS, ROWS, COLUMNS = 5, 12, 16
ANGLES = np.array([0.3, 1.1, 2.0, 3.7, 5.1])
Z = np.array([0.0, 0.0, 1.0])


def integrals(phantom, sources, pixels):
    """Line integrals from points to points, or along directions, whatever their shapes."""
    directions = pixels - sources
    directions = directions / np.linalg.norm(directions, axis=-1, keepdims=True)
    sources = np.broadcast_to(sources, directions.shape)
    return sum(one.value * one.chords(sources, directions) for one in phantom)


def read_integrals(phantom, foreign):
    """The same through the geometry that was read, in the order of the program's arrays."""
    flat = len(foreign.geometry.sinogram_shape) == 2
    found = (ellipses if flat else ellipsoids).line_integrals(phantom, foreign.geometry)
    axes = ["views", "columns"] if flat else ["views", "rows", "columns"]
    return np.flip(found, [axes.index(axis) for axis in foreign.flip])


def index(count):
    return np.arange(count) - (count - 1) / 2


def rotated(point, angle):
    """A point turned about z, anticlockwise, in each view: shape (views, 3)."""
    x, y, z = point
    cos, sin = np.cos(angle), np.sin(angle)
    return np.stack([x * cos - y * sin, x * sin + y * cos, z + 0 * angle], axis=-1)


# TIGRE: the source at (DSO, 0, 0), the detector opposite, U along y and V along z; all is turned
# by the angle, then moved by -offOrigin and by COR along the turned y.
TIGRE = {
    "mode": "cone", "DSD": 300.0, "DSO": 200.0, "nDetector": [ROWS, COLUMNS],
    "dDetector": [8.0, 9.0], "offDetector": [5.0, -7.0], "offOrigin": [3.0, -6.0, 9.0],
    "COR": 4.0, "rotDetector": [0.05, -0.04, 0.06], "angles": ANGLES.tolist(),
}  # fmt: skip


def turn(axis, angle):
    cos, sin = np.cos(angle), np.sin(angle)
    a, b = [k for k in range(3) if k != axis]
    matrix = np.eye(3)
    matrix[a, a] = matrix[b, b] = cos
    matrix[a, b], matrix[b, a] = (-sin, sin) if axis != 1 else (sin, -sin)
    return matrix


def tigre_rays(geo):
    roll, pitch, yaw = geo.get("rotDetector", [0, 0, 0])
    detector = turn(2, roll) @ turn(1, pitch) @ turn(0, yaw)
    (nv, nu), (dv, du) = geo["nDetector"], geo["dDetector"]
    pixels = np.zeros((nv, nu, 3))
    pixels[..., 1], pixels[..., 2] = du * index(nu), dv * index(nv)[:, None]
    pixels = pixels @ detector.T
    off = geo.get("offDetector", [0, 0])
    pixels += [geo["DSO"] - geo["DSD"], off[1], off[0]]
    moved = np.array(geo.get("offOrigin", [0, 0, 0])[::-1])
    sources, ends = [], []
    for angle in geo["angles"]:
        shift = geo.get("COR", 0) * np.array([-np.sin(angle), np.cos(angle), 0]) - moved
        sources.append(turn(2, angle) @ [geo["DSO"], 0, 0] + shift)
        ends.append(pixels @ turn(2, angle).T + shift)
    return np.array(sources)[:, None, None], np.array(ends)


@pytest.mark.parametrize(
    "left_out",
    [(), ("COR",), ("rotDetector",), ("offOrigin",), ("COR", "rotDetector", "offOrigin"),
     ("COR", "rotDetector", "offOrigin", "offDetector")],
)  # fmt: skip
@pytest.mark.parametrize("square", [False, True])
def test_tigre(left_out, square):
    geo = {key: value for key, value in TIGRE.items() if key not in left_out}
    if square:
        geo["dDetector"] = [9.0, 9.0]
    found = read_integrals(ASYMMETRIC_3D, tigre.read(geo))
    np.testing.assert_allclose(found, integrals(ASYMMETRIC_3D, *tigre_rays(geo)), atol=1e-12)
    assert found.max() > 0.5


def test_what_tigre_repeats_for_each_view():
    """`check_geo` writes one row a view, and three Euler angles."""
    each = {key: np.tile(TIGRE[key], (VIEWS, 1)).tolist()
            for key in ("offDetector", "offOrigin", "rotDetector")}  # fmt: skip
    each |= {key: [TIGRE[key]] * VIEWS for key in ("DSD", "DSO", "COR")}
    each["angles"] = np.stack([ANGLES, 0 * ANGLES, 0 * ANGLES], axis=1).tolist()
    one, other = (tigre.read(geo).geometry.vectors for geo in (TIGRE, {**TIGRE, **each}))
    np.testing.assert_array_equal(one, other)
    each["DSD"][1] += 1.0
    with pytest.raises(ValueError, match=r"DSD=.*the same in all views"):
        tigre.read({**TIGRE, **each})


def test_a_plain_circle_of_tigre_is_a_cone_beam_and_one_row_of_it_a_fan():
    plain = {**TIGRE, "COR": 0, "rotDetector": [0, 0, 0], "offOrigin": [0, 0, 0],
             "dDetector": [9, 9]}  # fmt: skip
    assert isinstance(tigre.read(plain).geometry, ConeBeam)
    plain |= {"nDetector": [1, COLUMNS], "offDetector": [0.0, -7.0]}
    fan = tigre.read(plain)
    assert isinstance(fan.geometry, FanBeam)
    sources, ends = tigre_rays(plain)
    expected = integrals(ASYMMETRIC, sources[:, 0, :, :2], ends[:, 0, :, :2])
    np.testing.assert_allclose(read_integrals(ASYMMETRIC, fan), expected, atol=1e-12)


def test_a_parallel_beam_of_tigre():
    geo = {"mode": "parallel", "nDetector": [3, COLUMNS], "sDetector": [12.0, COLUMNS * 5.0],
           "offDetector": [0.0, 6.0], "DSD": 2.0, "DSO": 1.0}  # fmt: skip
    found = tigre.read(geo, ANGLES)
    along = np.stack([-np.sin(ANGLES), np.cos(ANGLES)], -1)[:, None]
    ray = np.stack([np.cos(ANGLES), np.sin(ANGLES)], -1)[:, None]
    points = (5.0 * index(COLUMNS) + 6.0)[:, None] * along
    expected = integrals(ASYMMETRIC, points + 300 * ray, points - 300 * ray)
    np.testing.assert_allclose(read_integrals(ASYMMETRIC, found), expected, atol=1e-12)


# LEAP: with theta of phi - 90 degrees, R theta - tau theta_perp + z_s + l [-theta + u theta_perp +
# v z], u = s / sdd, v = t / sdd.
LEAP = {
    "geometry": "cone", "numAngles": VIEWS, "numRows": ROWS, "numCols": COLUMNS,
    "pixelHeight": 8.0, "pixelWidth": 9.0, "centerRow": 4.0, "centerCol": 9.5,
    "phis": np.rad2deg(ANGLES).tolist(), "sod": 200.0, "sdd": 300.0, "tau": 6.0,
    "helicalPitch": 3.0,
}  # fmt: skip


def leap_rays(stated):
    phi = np.deg2rad(stated["phis"]) - np.pi / 2
    theta = np.stack([np.cos(phi), np.sin(phi), 0 * phi], -1)[:, None, None]
    across = np.stack([-np.sin(phi), np.cos(phi), 0 * phi], -1)[:, None, None]
    climb = (stated.get("helicalPitch", 0) * (phi - (phi[0] + phi[-1]) / 2))[:, None, None, None]
    source = stated["sod"] * theta - stated.get("tau", 0) * across + climb * Z
    s = stated["pixelWidth"] * (np.arange(COLUMNS) - stated["centerCol"])
    t = stated["pixelHeight"] * (np.arange(ROWS) - stated["centerRow"])
    direction = -theta + s[:, None] / 300 * across + t[:, None, None] / 300 * Z
    return source, source + direction


@pytest.mark.parametrize("left_out", [(), ("tau",), ("helicalPitch",), ("tau", "helicalPitch")])
def test_leap(left_out):
    stated = {key: value for key, value in LEAP.items() if key not in left_out}
    found = read_integrals(ASYMMETRIC_3D, leap.read(stated))
    np.testing.assert_allclose(found, integrals(ASYMMETRIC_3D, *leap_rays(stated)), atol=1e-12)
    assert found.max() > 0.5


def test_a_fan_a_parallel_beam_and_a_range_of_leap():
    stated = {**LEAP, "tau": 0, "helicalPitch": 0, "geometry": "fan", "angularRange": 200.0}
    del stated["phis"]
    ranged = leap.read(stated)
    np.testing.assert_allclose(np.rad2deg(ranged.geometry.angles), 40.0 * np.arange(VIEWS))
    stated["phis"] = (40.0 * np.arange(VIEWS)).tolist()
    source, end = leap_rays({**stated, "centerRow": 0.0})
    expected = integrals(ASYMMETRIC, source[:, 0, :, :2], end[:, 0, :, :2])
    np.testing.assert_allclose(read_integrals(ASYMMETRIC, ranged), expected, atol=1e-12)
    beam = leap.read({**stated, "geometry": "parallel"})
    phi = np.deg2rad(stated["phis"]) - np.pi / 2
    theta = np.stack([np.cos(phi), np.sin(phi)], -1)[:, None]
    across = np.stack([-np.sin(phi), np.cos(phi)], -1)[:, None]
    points = (9.0 * (np.arange(COLUMNS) - 9.5))[:, None] * across
    expected = integrals(ASYMMETRIC, points + 300 * theta, points - 300 * theta)
    np.testing.assert_allclose(read_integrals(ASYMMETRIC, beam), expected, atol=1e-12)


# NAF and R2-Gaussian simulate by TIGRE and turn each projection upside down.
SCANNER = {
    "mode": "cone", "DSD": 300.0, "DSO": 200.0, "nDetector": [ROWS, COLUMNS],
    "offDetector": [-7.0, 5.0], "offOrigin": [9.0, -6.0, 3.0],
}  # fmt: skip


@pytest.mark.parametrize("size", [{"dDetector": [9.0, 9.0]},
                                  {"sDetector": [9.0 * ROWS, 9.0 * COLUMNS]}])  # fmt: skip
def test_naf_and_r2_gaussian(size):
    foreign = naf.read({**SCANNER, **size}, ANGLES)
    assert foreign.flip == ("rows",)
    geo = {**SCANNER, "dDetector": [9.0, 9.0], "offDetector": [5.0, -7.0],
           "offOrigin": [3.0, -6.0, 9.0], "angles": ANGLES}  # fmt: skip
    expected = integrals(ASYMMETRIC_3D, *tigre_rays(geo))[:, ::-1]
    np.testing.assert_allclose(read_integrals(ASYMMETRIC_3D, foreign), expected, atol=1e-12)


def test_a_ray_of_the_pose_that_naf_and_r2_gaussian_train_with():
    """Their own `angle2pose`: x to the right of the detector, y down, z from source to origin."""
    plain = {**SCANNER, "dDetector": [9.0, 9.0], "offDetector": [0, 0], "offOrigin": [0, 0, 0]}
    found = read_integrals(ASYMMETRIC_3D, naf.read(plain, ANGLES))
    for view, angle in enumerate(ANGLES):
        pose = turn(2, angle) @ turn(2, np.pi / 2) @ turn(0, -np.pi / 2)
        source = 200.0 * np.array([np.cos(angle), np.sin(angle), 0])
        directions = np.ones((ROWS, COLUMNS, 3))
        directions[..., 0] = 9.0 * index(COLUMNS) / 300
        directions[..., 1] = 9.0 * index(ROWS)[:, None] / 300
        expected = integrals(ASYMMETRIC_3D, source, source + directions @ pose.T)
        np.testing.assert_allclose(found[view], expected, atol=1e-12)


# ASTRA: the documented formulas of its vectors.
def astra_circle():
    along = np.stack([np.cos(ANGLES), np.sin(ANGLES)], -1)
    source = 200.0 * np.stack([np.sin(ANGLES), -np.cos(ANGLES)], -1)
    return along, source, -source / 2


@pytest.mark.parametrize("kind", ["fanflat", "fanflat_vec", "mirrored"])
def test_a_fan_of_astra(kind):
    along, source, centre = astra_circle()
    sign, shift = (-1 if kind == "mirrored" else 1), (0.0 if kind == "fanflat" else 7.0)
    centre = centre + shift * along
    u = sign * 6.0 * along
    fields = {"type": kind.replace("mirrored", "fanflat_vec"), "DetectorCount": COLUMNS,
              "DetectorWidth": 6.0, "ProjectionAngles": ANGLES.tolist(),
              "DistanceOriginSource": 200.0, "DistanceOriginDetector": 100.0,
              "Vectors": np.hstack([source, centre, u]).tolist()}  # fmt: skip
    foreign = astra.read(fields)
    assert isinstance(foreign.geometry, FanBeam)
    assert foreign.flip == (("columns",) if kind == "mirrored" else ())
    ends = centre[:, None] + index(COLUMNS)[:, None] * u[:, None]
    expected = integrals(ASYMMETRIC, source[:, None], ends)
    np.testing.assert_allclose(read_integrals(ASYMMETRIC, foreign), expected, atol=1e-12)


@pytest.mark.parametrize("kind", ["parallel", "parallel3d", "parallel_vec", "mirrored"])
def test_a_parallel_beam_of_astra(kind):
    along, source, centre = astra_circle()
    sign, shift = (-1 if kind == "mirrored" else 1), (7.0 if kind[-3:] in ("vec", "red") else 0.0)
    centre, u = centre + shift * along, sign * 6.0 * along
    fields = {"type": kind.replace("mirrored", "parallel_vec"), "DetectorCount": COLUMNS,
              "DetectorWidth": 6.0, "DetectorSpacingX": 6.0, "DetectorColCount": COLUMNS,
              "DetectorRowCount": 3, "ProjectionAngles": ANGLES.tolist(),
              "Vectors": np.hstack([-source, centre, u]).tolist()}  # fmt: skip
    foreign = astra.read(fields)
    assert isinstance(foreign.geometry, ParallelBeam)
    points = centre[:, None] + index(COLUMNS)[:, None] * u[:, None]
    expected = integrals(ASYMMETRIC, points, points - source[:, None])
    np.testing.assert_allclose(read_integrals(ASYMMETRIC, foreign), expected, atol=1e-12)


@pytest.mark.parametrize("up", [6.0, 8.0])
@pytest.mark.parametrize("vectors", [False, True])
def test_a_cone_of_astra(up, vectors):
    along, source, centre = (np.pad(one, ((0, 0), (0, 1))) for one in astra_circle())
    centre = centre + (7.0 * along + 5.0 * Z if vectors else 0)
    rows = np.tile(up * Z, (VIEWS, 1))
    fields = {"type": "cone_vec" if vectors else "cone", "DetectorRowCount": ROWS,
              "DetectorColCount": COLUMNS, "DetectorSpacingX": 6.0, "DetectorSpacingY": up,
              "DistanceOriginSource": 200.0, "DistanceOriginDetector": 100.0,
              "ProjectionAngles": ANGLES.tolist(),
              "Vectors": np.hstack([source, centre, 6.0 * along, rows]).tolist()}  # fmt: skip
    foreign = astra.read(fields)
    assert isinstance(foreign.geometry, ConeVectors if vectors or up != 6.0 else ConeBeam)
    ends = (centre[:, None, None] + index(COLUMNS)[:, None] * 6.0 * along[:, None, None]
            + index(ROWS)[:, None, None] * rows[:, None, None])  # fmt: skip
    expected = integrals(ASYMMETRIC_3D, source[:, None, None], ends)
    np.testing.assert_allclose(read_integrals(ASYMMETRIC_3D, foreign), expected, atol=1e-12)


def test_heltomo_hands_astra_its_angles_as_they_are():
    stated = {"distanceSourceOrigin": 200.0, "distanceSourceDetector": 300.0,
              "pixelSize": 3.0, "pixelSizePost": 6.0, "numDetectorsPost": COLUMNS,
              "angles": np.rad2deg(ANGLES).tolist()}  # fmt: skip
    along, source, centre = astra_circle()
    ends = centre[:, None] + index(COLUMNS)[:, None] * 6.0 * along[:, None]
    expected = integrals(ASYMMETRIC, source[:, None], ends)
    found = read_integrals(ASYMMETRIC, heltomo.read(stated))
    np.testing.assert_allclose(found, expected, atol=1e-12)
    txt = {"DistanceSourceOrigin": 200.0, "DistanceSourceDetector": 300.0, "PixelSize": 3.0,
           "AngleFirst": 10.0, "AngleInterval": 0.5, "NumberImages": 3}  # fmt: skip
    cone = heltomo.read(txt, detector=(4, 6)).geometry
    assert cone.sinogram_shape == (3, 4, 6) and cone.detector_spacing == 3.0
    np.testing.assert_allclose(np.rad2deg(cone.angles), [10.0, 10.5, 11.0])


@pytest.mark.parametrize(
    ("read", "fields", "sentence"),
    [
        (astra.read, {"type": "cone_vex"}, "type='cone_vex': expected one of parallel,"),
        (astra.read, {"type": "parallel", "DetectorCount": 4, "DetectorWidth": 1},
         "ProjectionAngles is missing"),
        (tigre.read, {**TIGRE, "nDetector": [4, 5, 6]}, "nDetector=.*expected 2 finite numbers"),
        (tigre.read, {**TIGRE, "mode": "fan"}, "mode='fan': expected cone or parallel"),
        (tigre.read, {**TIGRE, "angles": [[0.1, 0.2, 0.0]]}, "second and third must be 0"),
        (leap.read, {**LEAP, "geometry": "modular"}, "of a modular beam give `vectors`"),
        (leap.read, {**LEAP, "tiltAngle": 2.0}, "tiltAngle is not read"),
        (leap.read, {**LEAP, "numAngles": 7}, "numAngles=7, and 5 angles"),
        (leap.read, {**LEAP, "detectorType": "curved"}, "expected a flat one"),
        (heltomo.read, {"pixelSize": 1.0}, "distanceSourceOrigin is missing"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_a_sentence(read, fields, sentence):
    with pytest.raises(ValueError, match=sentence):
        read(fields)


def test_2d_vectors_that_are_no_circle_are_refused():
    along, source, centre = astra_circle()
    fields = {"type": "fanflat_vec", "DetectorCount": COLUMNS}
    nearer = source * np.linspace(1, 1.1, VIEWS)[:, None]
    with pytest.raises(ValueError, match="distance of the source varies"):
        astra.read({**fields, "Vectors": np.hstack([nearer, centre, along]).tolist()})
    with pytest.raises(ValueError, match="degrees off the perpendicular"):
        leaning = along + 0.1 * source / 200
        astra.read({**fields, "Vectors": np.hstack([source, centre, leaning]).tolist()})
