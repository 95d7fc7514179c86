# The time until pain has eased after standing up: survfit with clusters, pseudo-values by leaving each bout out, and clubSandwich.
# Rscript tests/reference/time_to_ease.R writes time_to_ease_data.csv and time_to_ease.csv beside this file.
suppressMessages({library(survival); library(clubSandwich)})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
set.seed(20261122)
minutes <- c(5, 15, 30)
rows <- do.call(rbind, lapply(1:24, function(i) {
  slow <- rnorm(1, 0, 0.4); level <- rnorm(1, 4, 1.2); days <- 28
  felt <- level + rnorm(days)
  bout <- round(pmax(5, 60 + 12 * (c(level, head(felt, -1)) - level) + rnorm(days, 0, 30)))
  takes <- 10 * exp(0.4 * (bout - 60) / 60 + slow + 0.5 * rnorm(days))
  standing <- pmin(pmax(round(felt + 2 + rnorm(days)), 0), 10)
  after <- sapply(minutes, function(m) pmin(pmax(round(felt + 2 * (takes > m) + rnorm(days, 0, 0.4)), 0), 10))
  after[runif(length(after)) < 0.15] <- NA
  one <- data.frame(participant_id = sprintf("P%02d", i), days = seq_len(days) - 1, longest_sitting_min = bout, pain_on_standing_nrs = standing, after)
  one[runif(days) > 0.1, ]
}))
names(rows)[5:7] <- paste0("pain_", minutes, "_min_after_standing_nrs")
write.csv(rows, file.path(here, "time_to_ease_data.csv"), row.names = FALSE, na = "")

# Pain on standing up and the bout of the day before, where there was a check-in on that day; then the bouts that hurt by 2 points or more.
key <- paste(rows$participant_id, rows$days)
rows$before <- rows$pain_on_standing_nrs[match(paste(rows$participant_id, rows$days - 1), key)]
rows$bout_before <- rows$longest_sitting_min[match(paste(rows$participant_id, rows$days - 1), key)]
rows <- rows[!is.na(rows$before), ]
rows <- rows[rows$pain_on_standing_nrs >= 2 & !is.na(rows$pain_5_min_after_standing_nrs), ]
eased <- sapply(minutes, function(m) rows$pain_on_standing_nrs - rows[[paste0("pain_", m, "_min_after_standing_nrs")]] >= 2)
# Answers count up to the first that says so, or up to the first that is missing.
rows$time <- 0; rows$status <- 0
for (i in seq_len(nrow(rows))) for (j in seq_along(minutes)) {
  if (is.na(eased[i, j])) break
  rows$time[i] <- minutes[j]
  if (eased[i, j]) { rows$status[i] <- 1; break }
}
answers <- list()
say <- function(statistic, level, minute, estimate, std_error, df)
  answers[[length(answers) + 1]] <<- data.frame(statistic, level, minute, estimate, std_error, df)

# Shares not yet eased, of long and short bouts; robust errors times sqrt(people / (people - 1)).
for (level in c("long", "short")) {
  of <- rows[if (level == "long") rows$longest_sitting_min >= 60 else rows$longest_sitting_min < 60, ]
  fit <- summary(survfit(Surv(time, status) ~ 1, data = of, cluster = participant_id, robust = TRUE), times = minutes)
  people <- length(unique(of$participant_id))
  for (j in seq_along(minutes)) say("share not eased", level, minutes[j], fit$surv[j], fit$std.err[j] * sqrt(people / (people - 1)), people - 1)
}

# Mean minutes: the area under the line through the shares; pseudo-values by leaving each bout out.
area <- function(d) {
  s <- summary(survfit(Surv(time, status) ~ 1, data = d), times = minutes, extend = TRUE)$surv
  c(s, sum(diff(c(0, minutes)) * (c(1, head(s, -1)) + s) / 2))
}
n <- nrow(rows); all <- area(rows)
pseudo <- t(sapply(seq_len(n), function(i) n * all - (n - 1) * area(rows[-i, ])))
rows$x <- rows$longest_sitting_min / 60; rows$weeks <- rows$days / 7
effect <- function(y, statistic, minute) {
  own <- lm(y ~ x + before + I(before^2) + bout_before + weeks + factor(participant_id), data = rows)
  within <- coef_test(own, vcovCR(own, rows$participant_id, "CR2"), test = "Satterthwaite")["x", ]
  say(statistic, "within persons", minute, within$beta, within$SE, within$df_Satt)
  plain <- lm(y ~ x, data = rows)
  recorded <- coef_test(plain, vcovCR(plain, rows$participant_id, "CR2"), test = "Satterthwaite")["x", ]
  say(statistic, "as recorded", minute, recorded$beta, recorded$SE, recorded$df_Satt)
}
effect(pseudo[, 4], "difference in minutes", NA)
for (j in seq_along(minutes)) effect(pseudo[, j], "difference in share not eased", minutes[j])
answers <- do.call(rbind, answers)
answers$versions <- paste(R.version.string, "survival", packageVersion("survival"), "clubSandwich", packageVersion("clubSandwich"))
numbers <- c("estimate", "std_error", "df")
answers[numbers] <- lapply(answers[numbers], function(x) trimws(formatC(x, digits = 14, format = "g")))
write.csv(answers, file.path(here, "time_to_ease.csv"), row.names = FALSE)
