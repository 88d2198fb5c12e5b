"""`ssim score` as a function from Arrow batches to Arrow batches. Copy it to where it is needed."""

import subprocess
import tempfile

import pyarrow as pa


class Scorer:
    """A running `ssim score`. Every batch of rows is answered by one of `row`, `scenario`, `ctr`
    and `share_score`, with its rows in their order, before the next one is asked for: so neither
    side holds more than a batch, whatever the number of rows.

    `row` names the column with each row's number in the log; rows are counted if there is none.
    """

    def __init__(self, model, row=None, ssim="ssim", threads=1):
        self.command = [ssim, "score", "--run", str(model), "--format", "arrow-stream"]
        self.command += ["--input", "-", "--out", "-", "--threads", str(threads)]
        self.command += ["--row", row] if row else []
        self.process = self.to = self.answers = None

    def __call__(self, batch):
        try:
            if self.process is None:
                self.told = tempfile.TemporaryFile()
                pipe = subprocess.PIPE
                self.process = subprocess.Popen(self.command, stdin=pipe, stdout=pipe, stderr=self.told)
                self.to = pa.ipc.new_stream(self.process.stdin, batch.schema)
            self.to.write_batch(batch)
            self.process.stdin.flush()
            if self.answers is None:
                self.answers = pa.ipc.open_stream(self.process.stdout)
            return self.answers.read_next_batch()
        except (OSError, StopIteration, pa.ArrowInvalid) as error:
            raise self._failed() from error

    def close(self):
        """Ends the stream; fails where `ssim` has anything left to complain about."""
        if self.process is None:
            return
        try:
            self.to.close()
            self.process.stdin.close()
        except OSError:
            pass  # It is gone already, and its exit code says why.
        self.process.stdout.close()
        if self.process.wait() != 0:
            raise self._failed()
        self.process = self.to = self.answers = None

    def _failed(self):
        self.process.kill()
        self.process.wait()
        self.told.seek(0)
        return RuntimeError(self.told.read().decode(errors="replace").strip() or "ssim score was killed")
