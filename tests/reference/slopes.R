# Rscript slopes.R: the change a week by arm with lme4 and pbkrtest, written to slopes.csv; it draws slopes_trial.csv.
suppressMessages({library(lme4); library(lmerTest); library(pbkrtest); library(numDeriv)})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
versions <- paste0(R.version.string, "; lme4 ", packageVersion("lme4"), "; pbkrtest ", packageVersion("pbkrtest"))
# lmer's optimum taken on by Newton steps, as the script of the mixed models has it.
for (one in parse(file.path(here, "lmm", "lmm.R")))
  if (length(one) == 3 && identical(one[[2]], quote(polished))) eval(one)

slopes <- function(data, name, random, covariates, arms) {
  data$arm <- factor(data$arm, arms)
  fixed <- c("0", "arm", "arm:time", covariates)
  fit <- polished(reformulate(c(fixed, random), "pain_nrs"), data)
  adjusted <- vcovAdj(fit)
  at <- function(arm) as.numeric(names(fixef(fit)) == paste0("arm", arm, ":time"))
  row <- function(term, weights) {
    estimate <- sum(weights * fixef(fit))
    error <- sqrt(as.numeric(weights %*% as.matrix(adjusted) %*% weights))
    df <- Lb_ddf(weights, vcov(fit), adjusted)
    data.frame(data = name, term = term, estimate = estimate, std_error = error, df = df,
               conf_low = estimate - qt(0.975, df) * error, conf_high = estimate + qt(0.975, df) * error,
               p_value = 2 * pt(-abs(estimate / error), df))
  }
  rbind(do.call(rbind, lapply(arms[-1], function(a) row(paste(a, "vs", arms[1]), at(a) - at(arms[1])))),
        do.call(rbind, lapply(arms, function(a) row(paste0(a, ": slope"), at(a)))))
}

written <- function(data, file) {
  numbers <- sapply(data, is.numeric)
  data[numbers] <- lapply(data[numbers], function(x) trimws(formatC(x, digits = 15, format = "g")))
  write.csv(data, file.path(here, file), row.names = FALSE)
}

# Visits a little early or late, some without a date; people differ in level and slope; a third leave early.
set.seed(20261122)
people <- 45
trial <- expand.grid(weeks = c(0, 4, 8, 12), id = seq_len(people))
trial$participant_id <- sprintf("P%02d", trial$id)
trial$arm <- c("usual care", "hips, stretched", "both")[1 + trial$id %% 3]
trial$age_years <- round(runif(people, 20, 65))[trial$id]
trial$actual_weeks <- round(trial$weeks + ifelse(trial$weeks > 0, rnorm(nrow(trial), 0.3, 0.6), 0), 2)
trial$actual_weeks[runif(nrow(trial)) < 0.1] <- NA
fall <- c(0.05, 0.12, 0.15)[1 + trial$id %% 3]
trial$pain_nrs <- 6 + rnorm(people)[trial$id] - (fall + rnorm(people, 0, 0.08)[trial$id]) * trial$weeks +
  0.02 * (trial$age_years - 40) + rnorm(nrow(trial), 0, 0.7)
trial$pain_nrs <- pmin(10, pmax(0, round(trial$pain_nrs, 1)))
leaves <- sample(c(99, 12, 8), people, TRUE, c(0.67, 0.2, 0.13))
trial <- trial[trial$weeks < leaves[trial$id], c("participant_id", "arm", "age_years", "weeks", "actual_weeks", "pain_nrs")]
written(trial, "slopes_trial.csv")
trial$time <- ifelse(is.na(trial$actual_weeks), trial$weeks, trial$actual_weeks)
out <- slopes(trial, "slopes_trial", "(time | participant_id)", "age_years", c("usual care", "hips, stretched", "both"))

# Two visits cannot carry a slope of each person.
two <- subset(read.csv(file.path(here, "effects_trial.csv")), weeks != 6)
two$time <- two$weeks
out <- rbind(out, slopes(two, "two visits", "(1 | participant_id)", c("age_years", "sex", "job_class"),
                         c("usual care", "stretching, hip", "strength")))
written(cbind(out, versions = versions), "slopes.csv")
