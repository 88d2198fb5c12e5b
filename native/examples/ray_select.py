"""Selects the shared instances of a data set of any size with Ray.

    python ray_select.py --rows s3://log --model run.ssim --run run --scores scores --out shared.parquet

Every worker keeps a process of its own; what they leave in `--scores` is cut into one list, which is
the list that a single process would have made. `--model` and `ssim` must be where the workers are;
`--scores` must be readable where this program runs.
"""

import argparse
import os
import subprocess
import sys

import pyarrow as pa
import ray


class Score:
    """A worker."""

    def __init__(self, model, row, ssim, modules):
        sys.path.insert(0, modules)
        from ssim_score import Scorer

        self.scorer = Scorer(model, row, ssim)

    def __call__(self, table):
        return pa.Table.from_batches([self.scorer(batch) for batch in table.to_batches()])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", required=True, help="Parquet data set")
    parser.add_argument("--row", default="row", help="column that numbers the rows")
    parser.add_argument("--model", required=True, help="run folder or artifact")
    parser.add_argument("--run", required=True, help="run folder with the selector")
    parser.add_argument("--scores", required=True, help="folder for the scores")
    parser.add_argument("--by", default="scenario", choices=["global", "scenario"])
    parser.add_argument("--ratio", default="0.3")
    parser.add_argument("--out", required=True, help="the list")
    parser.add_argument("--ssim", default="ssim", help="the program")
    parser.add_argument("--workers", type=int, default=1, help="CPUs to score with; reading needs others")
    args = parser.parse_args()

    rows = ray.data.read_parquet(args.rows)
    modules = os.path.dirname(os.path.abspath(__file__))
    scores = rows.map_batches(
        Score,
        fn_constructor_args=(os.path.abspath(args.model), args.row, args.ssim, modules),
        batch_format="pyarrow",
        concurrency=args.workers,
    )
    scores.write_parquet(os.path.abspath(args.scores))

    cut = [args.ssim, "select", "--run", args.run, "--scores", args.scores, "--by", args.by]
    subprocess.run(cut + ["--ratio", args.ratio, "--out", args.out], check=True)


if __name__ == "__main__":
    main()
