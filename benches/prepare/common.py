"""What both peers of `ssim prepare ali-mama` are asked to do, and how they are called.

    PEER.py --raw FOLDER --out DATA [--seed 1] [--like DATA]

The steps, the same for all: read the three files; give every row of the log its user's profile and its ad, `0` for what is missing;
rows from 2017-05-12 on (UTC+8) test, of the others a tenth, drawn at random, validates; count values on train rows; values seen twice get
an id, the most frequent first and equal ones by size, and all others the field's last id; prices count by their bucket, however few;
ids of all fields in one range; one Parquet file per split, Zstandard at level 1, and one of the vocabularies.

With `--like` the rows that validate are those of another data folder: then its files have to be the same, which `agree.py` checks.
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
# 2017-05-12 00:00 in China.
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
    """The place in SPLITS of every row; the first row of the log is line 2 of its file."""
    part = np.where(time >= TEST_FROM, np.uint8(2), np.uint8(0))
    if args.like:
        val = pq.read_table(args.like / "val", columns=["row"])["row"].to_numpy() - 2
    else:
        before = np.flatnonzero(part == 0)
        val = np.random.default_rng(args.seed).choice(before, round(VAL * len(before)), replace=False)
    part[val] = 1
    return part
