"""Flights from 218 airports, many of them small; `flights_usa.py` says source, licence, label and what is left out.

- Scenario: the airport. It is one of those with at least 200 flights.
- Rows: 299,994, every tenth flight of each airport in the order of the file, so that the airports keep their relative
  size. The smallest have 22 rows, and 62 of the airports have fewer than 100.
"""

import common
import flights_usa


def log():
    rows, _ = flights_usa.flights()
    rows = common.large(rows, "origin", 200)
    return flights_usa.log(rows[rows.groupby("origin").cumcount() % 10 == 0])
