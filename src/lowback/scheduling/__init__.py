"""When a report is due: slots of a calendar, what ran in each, and the timers of other systems that ask."""
