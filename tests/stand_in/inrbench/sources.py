"""Digests, which a test edits."""

CGLS = "cgls 1"


def digest_of_cell(spec):
    return CGLS if spec["method"]["name"] == "cgls" else "fbp"
