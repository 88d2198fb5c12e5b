"""Makes logs of several scenarios out of the data that packages of PyPI and npm contain.

    build.py OUT [NAME ...]

Every log gets a folder in OUT with `log.parquet`, `by-chance.toml` and, where the rows have a time,
`by-time.toml`. `ssim prepare table` reads them. Without names, all logs are made.
"""

import argparse
import importlib
import pathlib

LOGS = [
    "flights-origins",
    "flights-airports",
    "flights-small-airports",
    "adult",
    "clothing",
    "open-bandit",
    "films",
]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", metavar="OUT", type=pathlib.Path)
    parser.add_argument("names", metavar="NAME", nargs="*", help=", ".join(LOGS))
    args = parser.parse_args()
    for name in args.names:
        if name not in LOGS:
            parser.error(f"expected one of {', '.join(LOGS)}, got {name}")
    for name in args.names or LOGS:
        log = importlib.import_module(name.replace("-", "_")).log()
        log.write(args.out / name)
        scenarios = log.rows[log.scenario].nunique()
        rate = log.rows[log.label].mean()
        print(f"{name:24} {len(log.rows):>9,} rows  {scenarios:>3} scenarios  rate {rate:.4f}", flush=True)


if __name__ == "__main__":
    main()
