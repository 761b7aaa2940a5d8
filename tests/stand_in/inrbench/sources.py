"""Digests, which a test edits."""

CGLS = "cgls 1"
DATA = "data 1"


def digest_of_cell(spec):
    return CGLS if spec["method"]["name"] == "cgls" else "fbp"


def digest_of_part(kind, name):
    return DATA
