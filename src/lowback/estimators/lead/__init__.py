"""Which of two series comes first: a process in continuous time behind both, with errors of measurement."""
