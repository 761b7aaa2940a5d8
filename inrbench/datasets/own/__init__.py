"""A scan of one's own as a data set, described by a YAML beside its files; see `schema`.

    datasets:
      mine: {name: scan, file: my.scan.yaml, label: my scan}

The modules in the order of their use: `schema` says what the YAML may hold; `arrays`, `documents`
read the files it names; `readings` makes line integrals, `beam` the geometry; `assemble` the case.
`layouts` reads whole data sets of other programs, `draft` writes a YAML from a file.
"""
