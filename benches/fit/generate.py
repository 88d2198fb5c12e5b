"""Makes a click log with as many ids and scenarios as wanted: log.parquet, and log.toml for `ssim prepare table`.

    generate.py --train 8192000 --other 200000 --ids 3000000 --scenarios 12 --seed 1 --out FOLDER

There are 16 fields: 8 long ones, which share the ids, 7 short ones, and the scenario. The values of a long field
are drawn by a power law, and a part of the rows visits all values in turn, so that each of them is in a train row and
has an id. A click depends on a weight per value, which all scenarios have in common, and for the short fields on one
that each scenario has of its own. All numbers follow from the seed.
"""

import argparse
import pathlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

LONG = [0.16, 0.15, 0.14, 0.13, 0.12, 0.11, 0.10, 0.09]
SHORT = [2, 3, 7, 12, 25, 60, 200]
CTR = 0.05
# Standard deviations of the logit's parts: per long field, per short field, and what a scenario adds of its own.
PARTS = (0.35, 0.45, 0.45)


def long_field(rng, rows, train, size):
    """Values below `size`, all of which occur in the first `train` rows."""
    values = (size * rng.random(rows, np.float32) ** 3).astype(np.int32)
    in_turn = max(size, train // 3)
    if in_turn > train:
        raise SystemExit(f"{train} train rows are too few for a field of {size} ids")
    values[rng.permutation(train)[:in_turn]] = np.arange(in_turn) % size
    # Neighbours in the power law are no neighbours in the table.
    return rng.permutation(size).astype(np.int32)[np.minimum(values, size - 1)]


def weights(rng, size, deviation):
    return (deviation * rng.standard_normal(size, np.float32)).astype(np.float32)


def sigmoid(logit):
    return 1 / (1 + np.exp(-logit))


def rate_offset(logit):
    """The number that makes the mean click probability of these logits `CTR`, by bisection."""
    low, high = np.float32(-30), np.float32(30)
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if sigmoid(logit + middle).mean() < CTR else (low, middle)
    return low


def main():
    parser = argparse.ArgumentParser()
    for name, default in (("train", 1_000_000), ("other", 100_000), ("ids", 300_000), ("scenarios", 4), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    a = parser.parse_args()
    a.out.mkdir(parents=True, exist_ok=True)
    rng = np.random.Generator(np.random.SFC64(a.seed))
    rows, K = a.train + 2 * a.other, a.scenarios
    share = (np.arange(K) + 3.0) ** -0.7
    tab = rng.choice(K, rows, p=share / share.sum()).astype(np.int32)
    logit = weights(rng, K, 0.3)[tab]
    columns = {"tab": tab}
    of_long, of_short, of_own = PARTS
    rest = a.ids - sum(SHORT) - K
    for part, share in enumerate(LONG):
        size = max(2, int(rest * share))
        values = long_field(rng, rows, a.train, size)
        logit += weights(rng, size, of_long)[values]
        columns[f"long{part}"] = values
    for part, size in enumerate(SHORT):
        values = rng.integers(0, size, rows, np.int32)
        own = weights(rng, K * size, of_own)
        logit += weights(rng, size, of_short)[values] + own[tab * np.int32(size) + values]
        columns[f"short{part}"] = values
    logit += rate_offset(logit[:200_000])
    columns["click"] = (rng.random(rows, np.float32) < sigmoid(logit)).astype(np.int8)
    split = np.repeat(np.arange(3, dtype=np.int8), [a.train, a.other, a.other])
    columns["split"] = pa.DictionaryArray.from_arrays(pa.array(split), ["train", "val", "test"])
    pq.write_table(pa.table(columns), a.out / "log.parquet", compression="lz4", row_group_size=1 << 20)
    fields = "".join(f'[[field]]\nname = "{name}"\n\n' for name in columns if name not in ("click", "split"))
    split = 'column = { name = "split", train = "train", val = "val", test = "test" }'
    (a.out / "log.toml").write_text(f'label = "click"\nscenario = "tab"\n\n{fields}[split]\n{split}\n')


if __name__ == "__main__":
    main()
