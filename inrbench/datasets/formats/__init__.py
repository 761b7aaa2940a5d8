"""Files of scanners and publishers, read with distrust: a module for each format.

Each says what it expects, looks at the file's head, compares sizes with the file's own length
before anything is allocated, reads real numbers only, and never runs code from a file or follows
it to another one. Whatever is wrong becomes one sentence, see `judged`.
"""
