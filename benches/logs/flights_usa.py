"""Flights in the USA from January to June 2001, from which two logs are made.

- Source: npm vega-datasets 3.2.1, `flights-3m.parquet`: 3,000,000 flights, drawn at random by the authors of the
  package.
- Licence: the package has the BSD-3-Clause licence. Its `datapackage.json` says of these data "Data Collected Under
  U.S. DOT Regulatory Requirements - License Terms Not Explicitly Specified".
- Scenario: the airport of the departure.
- Label: the flight arrives more than 15 minutes late. The file has no cancelled flights.
- Left out because they leak: the delay and the time of day. The column `date` is the actual departure, so a late hour
  says that a flight is late. Only the day is kept. It begins at 4:00, because most flights that leave after midnight
  should have left before.

The field `day` is the number of days since 2001-01-01. It tells a model how late other flights of the same day are. In
the split by time all days of the test rows are new, so only the split by chance has this field.
"""

import common
import pandas as pd

PACKAGE = common.Package(
    "npm",
    "vega-datasets",
    "3.2.1",
    "vega-datasets-3.2.1.tgz",
    "6f72fda460a9863fae5fcb32f85bcd49e1761fdea6dc6cf9f4962472881cc5a3",
)


def flights():
    """All flights in the order of their departure, and the airports in the order of their number of flights."""
    rows = pd.read_parquet(PACKAGE.open("data/flights-3m.parquet"))
    rows["day"] = (rows["date"] - pd.Timedelta(hours=4)).dt.floor("D")
    size = rows["origin"].value_counts().rename_axis("origin").reset_index()
    return rows, size.sort_values(["count", "origin"], ascending=[False, True], ignore_index=True)


def log(rows):
    late = (rows["delay"] > 15).astype("uint8")
    day = rows["day"]
    rows = rows.assign(
        late=late,
        day=(day - pd.Timestamp("2001-01-01")).dt.days,
        weekday=day.dt.dayofweek,
        day_of_month=day.dt.day,
    )
    fields = dict.fromkeys(["origin", "destination", "weekday", "day_of_month", "day"]) | {"distance": "quantile:20"}
    return common.Log(rows, "late", "origin", fields, time="day", not_by_time=("day",))
