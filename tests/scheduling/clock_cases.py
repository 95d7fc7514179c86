"""Calendars and clocks at their worst: what is asked for, where, within which stretch, and the slots there are, in UTC.

Expected moments are worked out by hand from the rules of each zone, which stand in the name of the case.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from lowback.scheduling.schedule import asked_schedule


@dataclass(frozen=True)
class ClockCase:
    name: str
    every: str
    tz: str
    after: str
    until: str
    slots: tuple[str, ...]


CASES = (
    ClockCase("Amsterdam jumps from 2 to 3 o'clock", "day 02:30", "Europe/Amsterdam", "2026-03-28T02", "2026-03-30T12",
              ("2026-03-29T01:00", "2026-03-30T00:30")),
    ClockCase("Amsterdam has 2 o'clock twice", "day 02:30", "Europe/Amsterdam", "2026-10-24T12", "2026-10-26T12",
              ("2026-10-25T00:30", "2026-10-26T01:30")),
    ClockCase("a Monday in winter, the next in summer", "monday 06:00", "Europe/Amsterdam", "2026-03-22T00", "2026-04-01T00",
              ("2026-03-23T05:00", "2026-03-30T04:00")),
    ClockCase("a Monday in summer, the next in winter", "monday 06:00", "Europe/Amsterdam", "2026-10-18T00", "2026-10-27T00",
              ("2026-10-19T04:00", "2026-10-26T05:00")),
    ClockCase("New York jumps from 2 to 3 o'clock", "sunday 02:30", "America/New_York", "2026-03-07T00", "2026-03-16T00",
              ("2026-03-08T07:00", "2026-03-15T06:30")),
    ClockCase("New York has 1 o'clock twice", "day 01:30", "America/New_York", "2026-10-31T12", "2026-11-02T12",
              ("2026-11-01T05:30", "2026-11-02T06:30")),
    ClockCase("Dublin, whose winter is the saving time", "day 01:30", "Europe/Dublin", "2026-03-28T12", "2026-03-30T12",
              ("2026-03-29T01:00", "2026-03-30T00:30")),
    ClockCase("Lord Howe jumps half an hour", "day 02:15", "Australia/Lord_Howe", "2026-10-03T00", "2026-10-05T00",
              ("2026-10-03T15:30", "2026-10-04T15:15")),
    ClockCase("Lord Howe has half an hour twice", "day 01:45", "Australia/Lord_Howe", "2026-04-04T00", "2026-04-06T00",
              ("2026-04-04T14:45", "2026-04-05T15:15")),
    ClockCase("Troll jumps two hours", "day 02:30", "Antarctica/Troll", "2026-03-28T12", "2026-03-30T12",
              ("2026-03-29T01:00", "2026-03-30T00:30")),
    ClockCase("Chatham, a quarter past, jumps an hour", "day 03:00", "Pacific/Chatham", "2026-09-26T00", "2026-09-28T00",
              ("2026-09-26T14:00", "2026-09-27T13:15")),
    ClockCase("Beirut jumps over midnight", "day 00:00", "Asia/Beirut", "2026-03-28T00", "2026-03-30T00",
              ("2026-03-28T22:00", "2026-03-29T21:00")),
    ClockCase("Beirut has the last hour of a day twice", "day 23:30", "Asia/Beirut", "2026-10-24T12", "2026-10-26T00",
              ("2026-10-24T20:30", "2026-10-25T21:30")),
    ClockCase("Pyongyang leaves its half hour at half past eleven", "day 23:45", "Asia/Pyongyang", "2018-05-04T00", "2018-05-06T00",
              ("2018-05-04T15:00", "2018-05-05T14:45")),
    ClockCase("Samoa has no Friday 30 December 2011", "friday 06:00", "Pacific/Apia", "2011-12-22T00", "2012-01-07T00",
              ("2011-12-23T16:00", "2011-12-30T10:00", "2012-01-05T16:00")),
    ClockCase("Samoa day by day over the day that is not", "day 06:00", "Pacific/Apia", "2011-12-29T00", "2012-01-01T00",
              ("2011-12-29T16:00", "2011-12-30T10:00", "2011-12-30T16:00", "2011-12-31T16:00")),
    ClockCase("Kwajalein has no Saturday 21 August 1993", "saturday 06:00", "Pacific/Kwajalein", "1993-08-14T12", "1993-08-28T00",
              ("1993-08-14T18:00", "1993-08-21T12:00", "1993-08-27T18:00")),
    ClockCase("Kathmandu is 5:45 ahead", "day 06:00", "Asia/Kathmandu", "2026-06-01T00", "2026-06-02T00", ("2026-06-01T00:15",)),
    ClockCase("full hours of Kolkata are half past in UTC", "hour", "Asia/Kolkata", "2026-06-01T00", "2026-06-01T02",
              ("2026-06-01T00:30", "2026-06-01T01:30")),
    ClockCase("each hour once where the clock jumps", "hour", "Europe/Amsterdam", "2026-03-28T23", "2026-03-29T03",
              ("2026-03-29T00:00", "2026-03-29T01:00", "2026-03-29T02:00", "2026-03-29T03:00")),
    ClockCase("each hour where the clock goes back", "hour", "Europe/Amsterdam", "2026-10-24T23", "2026-10-25T03",
              ("2026-10-25T00:00", "2026-10-25T01:00", "2026-10-25T02:00", "2026-10-25T03:00")),
    ClockCase("29 February of a leap year", "day 06:00", "UTC", "2028-02-28T00", "2028-03-02T00",
              ("2028-02-28T06:00", "2028-02-29T06:00", "2028-03-01T06:00")),
    ClockCase("the last of February, leap year or not", "month last 06:00", "UTC", "2027-02-01T00", "2028-03-01T00",
              ("2027-02-28T06:00", "2027-03-31T06:00", "2027-04-30T06:00", "2027-05-31T06:00", "2027-06-30T06:00",
               "2027-07-31T06:00", "2027-08-31T06:00", "2027-09-30T06:00", "2027-10-31T06:00", "2027-11-30T06:00",
               "2027-12-31T06:00", "2028-01-31T06:00", "2028-02-29T06:00")),
    ClockCase("2100 is no leap year", "month last 06:00", "UTC", "2100-02-01T00", "2100-03-02T00", ("2100-02-28T06:00",)),
    ClockCase("the last of the month is a day earlier in UTC", "month last 06:00", "Pacific/Auckland", "2026-01-01T00", "2026-03-01T00",
              ("2026-01-30T17:00", "2026-02-27T17:00")),
    ClockCase("the year ends in Auckland", "day 00:00", "Pacific/Auckland", "2026-12-31T00", "2027-01-01T00", ("2026-12-31T11:00",)),
    ClockCase("the first Monday of a year", "monday 06:00", "UTC", "2026-12-27T00", "2027-01-05T00",
              ("2026-12-28T06:00", "2027-01-04T06:00")),
    ClockCase("every second week over a year of 53 weeks", "2 weeks monday 06:00 from 2026-12-21", "UTC", "2026-12-20T00", "2027-01-20T00",
              ("2026-12-21T06:00", "2027-01-04T06:00", "2027-01-18T06:00")),
    ClockCase("no weekday between Friday and Monday", "weekday 06:00", "UTC", "2026-11-20T00", "2026-11-24T00",
              ("2026-11-20T06:00", "2026-11-23T06:00")),
    ClockCase("the first of a month that begins in summer time", "month 1 00:30", "Europe/Amsterdam", "2026-03-15T00", "2026-05-01T00",
              ("2026-03-31T22:30", "2026-04-30T22:30")),
)  # fmt: skip


def utc(text: str) -> datetime:
    """A moment in UTC from text such as 2026-03-29T01 or 2026-03-29T01:00."""
    return datetime.fromisoformat(text if ":" in text else f"{text}:00").replace(tzinfo=UTC)


MONDAYS = asked_schedule("monday 06:00", "Europe/Amsterdam", since=utc("2026-11-01T00"))
# What the clock shows at each call, whether the run goes well, and the slots that run (None: nothing is due).
CLOCKS = {
    "week after week": [("2026-11-02T05:00", 0, "11-02"), ("2026-11-09T05:00", 0, "11-09"), ("2026-11-16T05:00", 0, "11-16")],
    "twice in a minute": [("2026-11-02T05:00", 0, "11-02"), ("2026-11-02T05:01", 0, None)],
    "a second before the slot": [("2026-11-02T04:59:59", 0, None), ("2026-11-02T05:00", 0, "11-02")],
    "late by six days": [("2026-11-08T23:00", 0, "11-02"), ("2026-11-09T05:00", 0, "11-09")],
    "set back ten minutes over the slot": [("2026-11-09T05:00", 0, "11-09"), ("2026-11-09T04:51", 0, None), ("2026-11-09T05:00", 0, None)],
    "set back an hour": [("2026-11-02T05:00", 0, "11-02"), ("2026-11-09T05:30", 0, "11-09"), ("2026-11-09T04:30", 0, None),
                         ("2026-11-09T05:30", 0, None), ("2026-11-16T05:00", 0, "11-16")],
    "set back to a week that ran": [("2026-11-02T05:00", 0, "11-02"), ("2026-11-09T05:00", 0, "11-09"), ("2026-11-03T05:00", 0, None)],
    "set back to 1970": [("2026-11-02T05:00", 0, "11-02"), ("1970-01-01T00:00", 0, None), ("2026-11-09T05:00", 0, "11-09")],
    "set forward a week and back": [("2026-11-02T05:00", 0, "11-02"), ("2026-11-10T00:00", 0, "11-09"), ("2026-11-03T00:00", 0, None),
                                    ("2026-11-09T05:00", 0, None), ("2026-11-16T05:00", 0, "11-16")],
    "set forward to 2030 and back": [("2026-11-02T05:00", 0, "11-02"), ("2030-01-01T00:00", 0, "12-31"), ("2026-11-09T05:00", 0, "11-09"),
                                     ("2026-11-16T05:00", 0, "11-16")],
    "three weeks missed": [("2026-11-02T05:00", 0, "11-02"), ("2026-11-25T05:00", 0, "11-23"), ("2026-11-30T05:00", 0, "11-30")],
    "set back into missed weeks": [("2026-11-02T05:00", 0, "11-02"), ("2026-11-23T05:00", 0, "11-23"), ("2026-11-18T05:00", 0, None)],
    "no storage, then storage": [("2026-11-02T05:00", 8, "11-02"), ("2026-11-02T05:15", 0, "11-02"), ("2026-11-02T06:00", 0, None)],
    "old data, then new on Tuesday": [("2026-11-02T05:00", 5, "11-02"), ("2026-11-03T08:00", 0, "11-02")],
    "a failing week is caught up by the next": [("2026-11-02T05:00", 7, "11-02"), ("2026-11-09T05:00", 0, "11-09"), ("2026-11-09T06:00", 0, None)],
    "an error waits a day for a person": [("2026-11-02T05:00", 3, "11-02"), ("2026-11-02T06:00", 0, None), ("2026-11-03T05:01", 0, "11-02")],
    "an error, and the clock set back": [("2026-11-02T06:00", 3, "11-02"), ("2026-11-02T05:30", 0, "11-02")],
}  # fmt: skip
