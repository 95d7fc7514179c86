"""Anything that runs an analysis many times; the analysis is handed in, none is imported."""
