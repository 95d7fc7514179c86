"""Reads published reports: what differs between two, what lies on the shelf, and whether one can be made again.

It reads what was published (manifest.json, estimates.csv, history.csv) and never the data that a report was made from.
"""
