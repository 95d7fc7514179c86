"""From what happened to what stands in the tables: instruments, raters, sites, answers and gaps."""
