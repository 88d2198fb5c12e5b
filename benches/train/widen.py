"""Writes the same rows with more ids, for tables that are too large for any cache.

    python widen.py FROM TO TIMES

Every id of a large field becomes TIMES ids, and a row takes one of them at random. The result is
like a log with TIMES as many users and ads.
"""

import json
import os
import sys

import numpy as np

source, target, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
with open(f"{source}/meta.json") as file:
    meta = json.load(file)
old, start = np.array(meta["vocab"]), np.array(meta["offsets"])
factor = np.where(old > 1000, times, 1)
new = old * factor
offsets = np.concatenate([[0], np.cumsum(new)[:-1]])
rng = np.random.default_rng(7)
for split in ("train", "test"):
    os.makedirs(f"{target}/{split}", exist_ok=True)
    x = np.load(f"{source}/{split}/x.npy").astype(np.int64) - start
    x = offsets + x * factor + rng.integers(0, factor, x.shape)
    np.save(f"{target}/{split}/x.npy", x.astype(np.int32))
    for name in ("y", "d", "shared", "p"):
        np.save(f"{target}/{split}/{name}.npy", np.load(f"{source}/{split}/{name}.npy"))
meta |= {"vocab": new.tolist(), "offsets": offsets.tolist(), "features": int(new.sum())}
with open(f"{target}/meta.json", "w") as file:
    json.dump(meta, file)
