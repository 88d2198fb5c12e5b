"""The task of both peers of `ssim prepare ali-mama`, and their command line.

    PEER.py --raw FOLDER --out DATA [--seed 1] [--like DATA]

All sides take the same steps:
- Read the three files, and join every row of the log with its user's profile and its ad. A missing
  value is `0`.
- Rows from 2017-05-12 on (UTC+8) are test rows. A tenth of the others, drawn at random, are
  validation rows.
- Count values on train rows. A value that is seen twice gets an id, the most frequent values first
  and equally frequent ones by size. All others get the field's last id. A price counts by its
  bucket, and a bucket needs only one row.
- The ids of all fields are in one range.
- Write one Parquet file per split, with Zstandard at level 1, and one of the vocabularies.

With `--like` the validation rows are those of another data folder. Both folders then have to hold
the same data, which `agree.py` checks.
"""

import argparse
import pathlib

import numpy as np
import pyarrow.parquet as pq

FIELDS = [
    "user_id", "cms_segid", "cms_group_id", "final_gender_code", "age_level", "pvalue_level", "occupation",
    "new_user_class_level", "adgroup_id", "cate_id", "campaign_id", "customer", "brand", "price", "pid", "shopping_level",
]  # fmt: skip
SCENARIO = "shopping_level"
# The first test day: 2017-05-12 00:00 in China.
TEST_FROM = 1_494_518_400
VAL = 0.1
SPLITS = ["train", "val", "test"]


def arguments(about):
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--raw", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--like", type=pathlib.Path)
    args = parser.parse_args()
    for split in SPLITS:
        (args.out / split).mkdir(parents=True, exist_ok=True)
    return args


def min_count(field):
    return 1 if field == "price" else 2


def parts(time, args):
    """The place in SPLITS of every row. The first row of the log is line 2 of its file."""
    part = np.where(time >= TEST_FROM, np.uint8(2), np.uint8(0))
    if args.like:
        val = pq.read_table(args.like / "val", columns=["row"])["row"].to_numpy() - 2
    else:
        before = np.flatnonzero(part == 0)
        val = np.random.default_rng(args.seed).choice(before, round(VAL * len(before)), replace=False)
    part[val] = 1
    return part
