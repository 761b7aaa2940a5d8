"""The error of a combination that makes sense but that a part of the suite cannot do."""


class Unsupported(ValueError):
    """Raised with a sentence by what cannot do a scan; the record's status is `unsupported`."""
