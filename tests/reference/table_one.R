# Means, quartiles and standardised differences in R, for tests/describe/test_baseline.py.
# Run in this folder: Rscript table_one.R
# It draws table_one_data.csv and describes it. Standardised differences: Austin 2009 for means; Yang & Dalton 2012 for
# categories, here as mahalanobis() between the shares of all levels but the last.
set.seed(77)
n <- 90
data <- data.frame(participant_id = sprintf("%03d", 1:n), arm = sample(c("A, stretching", "B", "control"), n, replace = TRUE),
                   age_years = round(rnorm(n, 45, 12)), sex = sample(c("female", "male"), n, replace = TRUE, prob = c(.6, .4)),
                   education = sample(c("school", "college", "degree"), n, replace = TRUE, prob = c(.5, .3, .2)),
                   pregnant = sample(c(TRUE, FALSE), n, replace = TRUE, prob = c(.1, .9)))
data$age_years[sample(n, 6)] <- NA
data$education[sample(n, 4)] <- NA
write.csv(data, "table_one_data.csv", row.names = FALSE, na = "")

one <- function(variable, arm, statistic, value) data.frame(variable = variable, arm = arm, statistic = statistic, value = value)
rows <- list()
for (arm in c(sort(unique(data$arm)), "all")) {
  age <- data$age_years[arm == "all" | data$arm == arm]
  values <- c(mean = mean(age, na.rm = TRUE), SD = sd(age, na.rm = TRUE), median = median(age, na.rm = TRUE),
              `lower quartile` = unname(quantile(age, .25, na.rm = TRUE)), `upper quartile` = unname(quantile(age, .75, na.rm = TRUE)),
              missing = sum(is.na(age)))
  rows[[length(rows) + 1]] <- one("age_years", arm, names(values), unname(values))
}
shares <- function(values, levels) prop.table(table(factor(values, levels)))
for (arm in c("A, stretching", "B")) {
  first <- data[data$arm == arm, ]
  second <- data[data$arm == "control", ]
  d <- (mean(first$age_years, na.rm = TRUE) - mean(second$age_years, na.rm = TRUE)) /
    sqrt((var(first$age_years, na.rm = TRUE) + var(second$age_years, na.rm = TRUE)) / 2)
  rows[[length(rows) + 1]] <- one("age_years", arm, "standardised difference", d)
  for (variable in c("sex", "education", "pregnant")) {
    levels <- sort(unique(data[[variable]]))
    keep <- -length(levels)
    p <- as.numeric(shares(first[[variable]], levels))[keep]
    q <- as.numeric(shares(second[[variable]], levels))[keep]
    spread <- ((diag(p, length(p)) - p %o% p) + (diag(q, length(q)) - q %o% q)) / 2
    rows[[length(rows) + 1]] <- one(variable, arm, "standardised difference", sqrt(mahalanobis(p, q, spread)))
  }
}
rows <- do.call(rbind, rows)
rows$made_with <- paste0("R ", getRversion())
options(digits = 15)
write.csv(rows, "table_one.csv", row.names = FALSE)
