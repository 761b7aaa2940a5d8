"""What is wrong with a scan of one's own, before an hour of computing is spent on it.

`check.check` looks at readings (`values`), angles (`orbit`) and what any sinogram obeys
(`consistency`), estimates where the axis is seen (`centre`, `double_wedge`), reconstructs with
each suspected mistake undone (`trials`) and suggests a scale (`attenuation`).
"""
