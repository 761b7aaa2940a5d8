"""The Shepp-Logan head phantom in three dimensions, with the contrast of Kak and Slaney.

Kak and Slaney, "Principles of Computerized Tomographic Imaging", IEEE Press, 1988, chapter 3,
p. 102: ten ellipsoids, each turned about z alone, in a head that fits in the cube [-1, 1]^3. RTK's
`SheppLoganPhantom` has the same table, with y and z exchanged.

Densities add where ellipsoids overlap: skull 2, brain 1.02, ventricles 1, tumours 1.03 to 1.06.
This contrast is low, and other variants differ from it: Yu, Ye and Wang (2004) give these
ellipsoids values from -0.8 to 1, and the "modified" phantom of MATLAB files (after Toft, 1996) has
other ellipsoids too.
"""

from __future__ import annotations

import math

from inrbench.phantoms.ellipsoids import Ellipsoid
from inrbench.phantoms.forbild import WATER

HALF_FIELD = 128.0
"""Length of the table's unit in mm: the cube [-1, 1]^3 becomes the 256 mm of the FORBILD head."""

# a, b, c, x0, y0, z0 in units of half the field, phi in degrees, density relative to water
_TABLE = (
    (0.69, 0.92, 0.9, 0, 0, 0, 0, 2.0),
    (0.6624, 0.874, 0.88, 0, 0, 0, 0, -0.98),
    (0.41, 0.16, 0.21, -0.22, 0, -0.25, 108, -0.02),
    (0.31, 0.11, 0.22, 0.22, 0, -0.25, 72, -0.02),
    (0.21, 0.25, 0.5, 0, 0.35, -0.25, 0, 0.02),
    (0.046, 0.046, 0.046, 0, 0.1, -0.25, 0, 0.02),
    (0.046, 0.023, 0.02, -0.08, -0.65, -0.25, 0, 0.01),
    (0.046, 0.023, 0.02, 0.06, -0.65, -0.25, 90, 0.01),
    (0.056, 0.04, 0.1, 0.06, -0.105, 0.625, 90, 0.02),
    (0.056, 0.056, 0.1, 0, 0.1, 0.625, 0, -0.02),
)


def shepp_logan() -> list[Ellipsoid]:
    """The phantom in mm and mm^-1: density relative to water times `WATER`.

    Returns:
        Ten ellipsoids; the head is 177 mm wide (x), 236 mm long (y) and 230 mm high (z).
    """
    return [
        Ellipsoid(
            centre=(x * HALF_FIELD, y * HALF_FIELD, z * HALF_FIELD),
            semi_axes=(a * HALF_FIELD, b * HALF_FIELD, c * HALF_FIELD),
            tilt=(math.radians(phi), 0.0, 0.0),
            value=density * WATER,
        )
        for a, b, c, x, y, z, phi, density in _TABLE
    ]
