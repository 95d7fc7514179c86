"""Events that come again: hazards with person-robust errors, time in each state, mean number of events."""
