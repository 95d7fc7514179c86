"""One question each: from a cohort and a study to a result, or a refusal that says what is missing."""
