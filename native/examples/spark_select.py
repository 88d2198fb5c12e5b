"""Selects the shared instances of a data set of any size with Spark.

    spark-submit --py-files ssim_score.py spark_select.py \\
        --rows hdfs:///log --model run.ssim --run run --scores scores --out shared.parquet

Every partition is scored by a process of its own; what they leave in `--scores` is cut into one
list, which is the list that a single process would have made. `--model` and `ssim` must be where the
executors are; `--scores` must be readable where this program runs.
"""

import argparse
import subprocess

from pyspark.sql import SparkSession

from ssim_score import Scorer

COLUMNS = "row long, scenario string, ctr float, share_score float"


def scored(rows, model, row, ssim="ssim"):
    """The scores of a data frame whose column `row` numbers its rows."""

    def score(batches):
        import pyarrow as pa

        # Spark has no unsigned numbers.
        kinds = [("row", pa.int64()), ("scenario", pa.string()), ("ctr", pa.float32())]
        columns = pa.schema(kinds + [("share_score", pa.float32())])
        scorer = Scorer(model, row, ssim)
        for batch in batches:
            yield scorer(batch).cast(columns)
        scorer.close()

    return rows.mapInArrow(score, COLUMNS)


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
    args = parser.parse_args()

    spark = SparkSession.builder.appName("ssim select").getOrCreate()
    rows = spark.read.parquet(args.rows)
    scores = scored(rows, args.model, args.row, args.ssim)
    scores.write.mode("overwrite").parquet(args.scores)
    spark.stop()

    cut = [args.ssim, "select", "--run", args.run, "--scores", args.scores, "--by", args.by]
    subprocess.run(cut + ["--ratio", args.ratio, "--out", args.out], check=True)


if __name__ == "__main__":
    main()
