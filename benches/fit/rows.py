"""The rows of a folder that `ssim prepare` has made, and the AUC of predictions."""

import json
import pathlib

import numpy as np
import pyarrow.parquet as pq
import torch


class Rows:
    """Ids `x [n, F]`, labels `y [n]` and scenarios `d [n]` of a split."""

    def __init__(self, folder, split, names):
        parts = [pq.ParquetFile(part) for part in sorted(pathlib.Path(folder, split).rglob("*.parquet"))]
        n = sum(part.metadata.num_rows for part in parts)
        x, y, d = np.empty((n, len(names)), np.int32), np.empty(n, np.float32), np.empty(n, np.uint8)
        at = 0
        for part in parts:
            for rows in part.iter_batches(1 << 20, columns=[*names, "label", "scenario"]):
                to = slice(at, at + len(rows))
                for f, name in enumerate(names):
                    x[to, f] = rows.column(name).to_numpy()
                y[to], d[to] = rows.column("label").to_numpy(), rows.column("scenario").to_numpy()
                at += len(rows)
        self.x, self.y, self.d = map(torch.from_numpy, (x, y, d))

    def __len__(self):
        return len(self.y)


class Data:
    """The splits of a folder, its sizes, and the field that says the scenario with its ids."""

    def __init__(self, folder, scenario):
        schema = json.loads(pathlib.Path(folder, "schema.json").read_text())
        names = [field["name"] for field in schema["fields"]]
        self.train, self.val, self.test = (Rows(folder, split, names) for split in ("train", "val", "test"))
        self.fields, self.field = len(names), names.index(scenario)
        self.ids, self.scenarios = schema["features"], len(schema["scenarios"])
        # The id of each scenario's value, as the rows have it.
        self.scenario_ids = [int(self.train.x[self.train.d == k][0, self.field]) for k in range(self.scenarios)]


def auc(z, y):
    """The area under the curve; equal predictions count a half."""
    z, y = z.double().numpy(), y.numpy()
    _, place, count = np.unique(z, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    clicks = float(y.sum())
    return float((rank[y > 0].sum() - clicks * (clicks + 1) / 2) / (clicks * (len(y) - clicks)))
