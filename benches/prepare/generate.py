"""Makes a log in AliMama's raw layout: raw_sample.csv, ad_feature.csv and user_profile.csv.

    generate.py --rows 5000000 --seed 1 --out FOLDER

The tables grow with the rows as in the published log (26 557 961 rows). The log has the
difficulties of that one: users without a profile, missing levels, brands that are NULL, a blank
after the name of the last column, a few users and ads that have most of the rows, and values that
occur on test days only. Clicks depend on user and ad, so that a model can learn them. All numbers
follow from the seed.
"""

import argparse
import pathlib

import numpy as np
import polars as pl

# The counts of the published log: rows, users with a profile, users in the log, ads; campaigns, customers, brands, and
# categories.
ROWS, PROFILES, USERS, ADS = 26_557_961, 1_061_768, 1_141_729, 846_811
CAMPAIGNS, CUSTOMERS, BRANDS, CATEGORIES = 423_436, 255_875, 99_815, 6_769
# The beginning of the log, 2017-05-06 00:00 in China, and its eight days.
FROM, DAY, DAYS = 1_494_000_000, 86_400, 8
CTR = 0.0514


def zipf(n, flat, exponent):
    """The shares of n things. The first `flat` have about the same size, and the others decrease by a power law."""
    weight = (np.arange(n) + flat) ** -exponent
    return weight / weight.sum()


def nullable(rng, values, missing):
    """The values, of which a part `missing` is replaced by null."""
    return pl.Series(values).set(pl.Series(rng.random(len(values)) < missing), None)


def users(rng, n):
    """The users' profiles, in random order."""
    group = rng.choice(13, n, p=zipf(13, 3, 1.0))
    return pl.DataFrame({
        "userid": rng.permutation(n) + 1,
        "cms_segid": np.where(rng.random(n) < 0.4, 0, rng.integers(1, 97, n)),
        "cms_group_id": group,
        "final_gender_code": np.where(group < 7, 2, 1),
        "age_level": group % 7,
        "pvalue_level": nullable(rng, rng.choice([1, 2, 3], n, p=[0.3, 0.55, 0.15]), 0.54),
        "shopping_level": rng.choice([1, 2, 3], n, p=[0.07, 0.08, 0.85]),
        "occupation": rng.choice([0, 1], n, p=[0.94, 0.06]),
        "new_user_class_level ": nullable(rng, rng.integers(1, 5, n), 0.32),
    })


def ads(rng, n, part):
    """The ads, in the order of their customers."""
    customer = np.sort(rng.choice(part(CUSTOMERS), n, p=zipf(part(CUSTOMERS), 50, 0.8)))
    brand = rng.choice(part(BRANDS), n, p=zipf(part(BRANDS), 20, 1.0)) + 1
    return pl.DataFrame({
        "adgroup_id": rng.permutation(n) + 1,
        "cate_id": rng.choice(CATEGORIES, n, p=zipf(CATEGORIES, 5, 1.1)) + 1,
        "campaign_id": rng.integers(1, part(CAMPAIGNS) + 1, n),
        "customer": customer + 1,
        "brand": nullable(rng, brand, 0.29).cast(pl.String).fill_null("NULL"),
        "price": np.maximum(0.01, np.exp(rng.normal(5.0, 1.5, n)).round(2)),
    })


def log(rng, rows, n_users, n_ads):
    """The rows of the log, in the order of their ads. The rows of one ad are in random order."""
    count = rng.multinomial(rows, rng.permutation(zipf(n_ads, 30, 0.9)))
    ad = np.repeat(np.arange(n_ads), count)
    user = np.repeat(np.arange(n_users), rng.multinomial(rows, rng.permutation(zipf(n_users, 2000, 0.7))))
    rng.shuffle(user)
    # There are few rows at night.
    hour = rng.choice(24, rows, p=(1.2 - np.cos((np.arange(24) - 4) / 12 * np.pi)) / (1.2 * 24))
    when = FROM + rng.integers(0, DAYS, rows) * DAY + hour * 3600 + rng.integers(0, 3600, rows)
    taste = rng.normal(0, 0.6, n_users)[user] + rng.normal(0, 0.6, n_ads)[ad]
    click = rng.random(rows) < CTR / (CTR + (1 - CTR) * np.exp(0.36 - taste))
    return pl.DataFrame({
        "user": user + 1,
        "time_stamp": when,
        "adgroup_id": ad + 1,
        "pid": pl.Series(["430548_1007", "430539_1007"]).gather((rng.random(rows) < 0.4).astype(np.uint32)),
        "nonclk": (~click).astype(np.uint8),
        "clk": click.astype(np.uint8),
    })


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    args = parser.parse_args()

    def part(published):
        return max(10, round(published * args.rows / ROWS))

    rng = np.random.default_rng(args.seed)
    args.out.mkdir(parents=True, exist_ok=True)
    tables = {
        "user_profile": users(rng, part(PROFILES)),
        "ad_feature": ads(rng, part(ADS), part),
        "raw_sample": log(rng, args.rows, part(USERS), part(ADS)),
    }
    for name, table in tables.items():
        table.write_csv(args.out / f"{name}.csv")


if __name__ == "__main__":
    main()
