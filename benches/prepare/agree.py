"""Compares two data folders, which must hold the same rows, ids and values.

    agree.py DATA DATA
"""

import sys

import pyarrow.compute as pc
import pyarrow.parquet as pq
from common import SPLITS


def differ(ours, theirs):
    """The first difference between two tables, or None."""
    if ours.num_rows != theirs.num_rows:
        return f"{ours.num_rows} and {theirs.num_rows} rows"
    for name in ours.column_names:
        if name not in theirs.column_names:
            return f'no column "{name}"'
        equal = pc.equal(ours[name], theirs[name].cast(ours[name].type))
        if not pc.all(equal, min_count=0).as_py():
            return f'column "{name}" differs, first in row {pc.index(equal, False).as_py()}'
    return None


def main():
    ours, theirs = sys.argv[1:3]
    for part in [*SPLITS, "vocabulary.parquet"]:
        what = differ(pq.read_table(f"{ours}/{part}"), pq.read_table(f"{theirs}/{part}"))
        if what:
            sys.exit(f"{part} of {ours} and {theirs}: {what}")


if __name__ == "__main__":
    main()
