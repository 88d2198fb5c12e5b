"""Flights from twelve airports of mixed size; `flights_usa.py` says source, licence, label and what is left out.

- Scenario: the airport. The airports are ordered by their number of flights, and the twelve are those of the ranks 1,
  11, 21 and so on to 111. The largest has 63 times as many flights as the smallest.
- Rows: 389,266.
"""

import flights_usa


def log():
    rows, airports = flights_usa.flights()
    return flights_usa.log(rows[rows["origin"].isin(airports["origin"][:120:10])])
