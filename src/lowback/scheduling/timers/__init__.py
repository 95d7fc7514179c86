"""Timers of other systems, which all call the same command; the files they read, and how they are put in and taken out."""
