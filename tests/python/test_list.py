"""Other programs use the list: the snippets of docs/using-the-list.md and the example jobs are run unchanged.

The variable SSIM names the program.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "native/examples"
SSIM = pathlib.Path(os.environ["SSIM"]).resolve()
BIN = pathlib.Path(sys.executable).parent
ROWS = 6000

SCHEMA = """
label = "click"
scenario = "tab"
[[field]]
name = "user"
[[field]]
name = "item"
[split]
random = { train = 0.6, val = 0.2, test = 0.2 }
"""


def log():
    """Rows in the order of `id`. There are fewer values than rows, so some rows have equal scores."""
    n = range(ROWS)
    return pa.table(
        {
            "id": pa.array([10 + 3 * i for i in n], pa.int64()),
            "user": [f"u{i * i % 97}" for i in n],
            "item": [f"i{i * 7 % 53}" for i in n],
            "tab": [["home", "shop", "cart"][i % 7 % 3] for i in n],
            "click": pa.array([int((i * i % 97 + i * 7 % 53) % 5 == i % 3) for i in n], pa.int8()),
        }
    )


class List(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.at = pathlib.Path(cls.temporary.name)
        rows = log()
        pyarrow.csv.write_csv(rows, cls.at / "log.csv")
        (cls.at / "schema.toml").write_text(SCHEMA)
        cls.ssim("prepare", "table", "--raw", "log.csv", "--schema", "schema.toml", "--out", "data")
        small = ["--preset", "demo", "--set", "train.batch=256", "--max-steps", "30"]
        cls.ssim("fit", "--data", "data", "--out", "run", *small)
        cls.ssim("select", "--run", "run", "--data", "data", "--out", "shared.parquet")
        # A data set with a folder per day, whose rows are in no order.
        mixed = rows.take(pa.array([i * 1009 % ROWS for i in range(ROWS)]))
        for day in range(5):
            folder = cls.at / f"log/day={day}"
            folder.mkdir(parents=True)
            part = mixed.slice(day * ROWS // 5, ROWS // 5)
            pq.write_table(part, folder / "part.parquet", row_group_size=400)
        pq.write_table(rows, cls.at / "all.parquet")
        whole = ["--input", "all.parquet", "--format", "parquet", "--row", "id"]
        cls.ssim("select", "--run", "run", *whole, *cls.cut, "--out", "whole.parquet")

    cut = ["--by", "scenario", "--ratio", "0.3"]

    @classmethod
    def environment(cls):
        path = os.pathsep.join([str(SSIM.parent), str(BIN), os.environ.get("PATH", "")])
        more = {"PATH": path, "PYTHONPATH": str(EXAMPLES), "PYSPARK_PYTHON": sys.executable}
        return {**os.environ, **more, "SPARK_LOCAL_IP": "127.0.0.1"}

    @classmethod
    def call(cls, *command, code=0):
        call = [str(word) for word in command]
        done = subprocess.run(call, cwd=cls.at, env=cls.environment(), capture_output=True, text=True)
        assert done.returncode == code, f"{call}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    @classmethod
    def ssim(cls, *args):
        return cls.call(SSIM, *args)

    def snippet(self, name):
        """Runs the code block of this name in the document."""
        text = (ROOT / "docs/using-the-list.md").read_text()
        blocks = re.findall(rf"<!-- run: {name} -->\n```python\n(.*?)```", text, re.DOTALL)
        self.assertEqual(len(blocks), 1, name)
        return self.call(sys.executable, "-c", blocks[0])

    def assert_the_list_of_one_process(self, path):
        """After sorting by row, the list has the bytes of the list that one process has made."""
        lists = []
        for name in ["whole.parquet", path]:
            lines = self.at / "lines.csv"
            pyarrow.csv.write_csv(pq.read_table(self.at / name).sort_by("row"), lines)
            lists.append(lines.read_bytes())
        self.assertEqual(lists[0].count(b"\n"), ROWS + 1)
        self.assertTrue(lists[0] == lists[1], path)

    def test_a_pytorch_loop(self):
        losses = [float(x) for x in re.findall(r"loss (\S+) per", self.snippet("pytorch"))]
        self.assertEqual(len(losses), 3)
        self.assertLess(losses[-1], 0.95 * losses[0])

    def test_duckdb(self):
        self.snippet("duckdb")
        self.ssim("select", "--run", "run", "--scores", "scores.parquet", *self.cut, "--out", "duckdb.parquet")
        self.assert_the_list_of_one_process("duckdb.parquet")

    job = ["--rows", "log", "--row", "id", "--model", "run", "--run", "run", *cut]

    def test_spark(self):
        # Small enough limits for several partitions with several batches each.
        settings = ["spark.sql.execution.arrow.maxRecordsPerBatch=300", "spark.sql.files.maxPartitionBytes=20000"]
        conf = [word for setting in settings for word in ["--conf", setting]]
        submit = [BIN / "spark-submit", "--master", "local[2]", *conf]
        submit += ["--py-files", EXAMPLES / "ssim_score.py", EXAMPLES / "spark_select.py"]
        self.call(*submit, *self.job, "--scores", "spark", "--out", "spark.parquet")
        self.assertGreater(len(list((self.at / "spark").glob("*.parquet"))), 2)
        self.assert_the_list_of_one_process("spark.parquet")

    def test_ray(self):
        start = "import ray, runpy, sys; ray.init(num_cpus=2, include_dashboard=False);"
        start += "sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
        job = [EXAMPLES / "ray_select.py", *self.job, "--scores", "ray", "--out", "ray.parquet"]
        self.call(sys.executable, "-c", start, *job)
        self.assert_the_list_of_one_process("ray.parquet")

    def test_a_scorer_tells_why_it_stopped(self):
        sys.path.insert(0, str(EXAMPLES))
        from ssim_score import Scorer

        rows = log().slice(0, 50)
        good = rows.to_batches()[0]
        bad = rows.set_column(3, "tab", [["moon"] * 50]).to_batches()[0]
        scorer = Scorer(self.at / "run", "id", SSIM)
        self.assertEqual(scorer(good)["row"].to_pylist(), good["id"].to_pylist())
        with self.assertRaisesRegex(RuntimeError, r'stdin, batch 2:51:\d+: field "tab".*"moon"'):
            scorer(bad)
        with self.assertRaisesRegex(RuntimeError, 'field "item": expected a column of stdin'):
            Scorer(self.at / "run", "id", SSIM)(good.drop_columns(["item"]))
        scorer = Scorer(self.at / "run", "id", SSIM)
        scorer(good)
        scorer.close()


if __name__ == "__main__":
    unittest.main()
