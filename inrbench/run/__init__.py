"""A run of a cell: parent and worker, the meters around a method, and what makes it stale."""
