# Rscript mixed.R [folder of shared data]: random-intercept models with lmerTest, written to mixed.csv and mixed_fits.csv.
suppressMessages({library(lme4); library(lmerTest)})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
versions <- paste0(R.version.string, "; lme4 ", packageVersion("lme4"), "; lmerTest ", packageVersion("lmerTest"))
# lmer's own stopping rule is loose.
exact <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhobeg = 0.1, rhoend = 1e-11, maxfun = 1e5),
                     check.conv.singular = "ignore")

contrast_row <- function(fit, weights, name, term) {
  found <- contest1D(fit, weights, confint = TRUE)
  data.frame(data = name, term = term, estimate = found$Estimate, std_error = found[["Std. Error"]], df = found$df,
             conf_low = found$lower, conf_high = found$upper, p_value = found[["Pr(>|t|)"]])
}

centred <- function(data, columns, id) {
  people <- data[!duplicated(data[[id]]), ]
  for (column in columns) data[[column]] <- data[[column]] - mean(people[[column]])
  data
}

# One mean for each arm and visit (cell), with covariates centred over people; differences of change as contrasts.
visits <- function(data, name, covariates, weeks, arms, week) {
  data$cell <- factor(paste(data$arm, data$weeks), unlist(lapply(arms, function(a) paste(a, weeks))))
  data <- centred(data, covariates, "participant_id")
  fit <- lmer(reformulate(c("0", "cell", covariates, "(1 | participant_id)"), "pain_nrs"), data, control = exact)
  at <- function(arm, w) as.numeric(names(fixef(fit)) == paste0("cell", arm, " ", w))
  rows <- list()
  for (w in weeks[-1]) for (arm in arms[-1]) {
    weights <- at(arm, w) - at(arm, weeks[1]) - at(arms[1], w) + at(arms[1], weeks[1])
    suffix <- if (w == week) "" else paste(" at week", w)
    rows <- c(rows, list(contrast_row(fit, weights, name, paste0(arm, " vs ", arms[1], suffix))))
  }
  for (arm in arms) for (w in weeks)
    rows <- c(rows, list(contrast_row(fit, at(arm, w), name, paste0(arm, " at week ", w, ": adjusted mean"))))
  do.call(rbind, rows)
}

fit_row <- function(fit, name) {
  variances <- as.data.frame(VarCorr(fit))$vcov
  shown <- coef(summary(fit))
  data.frame(data = name, coefficient = rownames(shown), estimate = shown[, 1], std_error = shown[, 2], df = shown[, 3],
             variance_between = variances[1], variance_residual = variances[2],
             restricted_log_likelihood = as.numeric(logLik(fit)))
}

written <- function(data, file) {
  numbers <- sapply(data, is.numeric)
  data[numbers] <- lapply(data[numbers], function(x) trimws(formatC(x, digits = 15, format = "g")))
  write.csv(cbind(data, versions = versions), file.path(here, file), row.names = FALSE)
}

trial <- read.csv(file.path(here, "effects_trial.csv"))
trial$male <- as.numeric(trial$sex == "male")
trial$manual <- as.numeric(trial$job_class == "manual")
trial$standing <- as.numeric(trial$job_class == "standing")
out <- visits(trial, "effects_trial", c("age_years", "male", "manual", "standing"), c(0, 6, 12),
              c("usual care", "stretching, hip", "strength"), 12)
fits <- fit_row(lmer(pain_nrs ~ weeks + age_years + (1 | participant_id), trial, control = exact), "effects_trial")

# Groups more alike than chance allows: the variance between them is estimated as zero.
alike <- data.frame(group = rep(1:12, each = 5), x = rep(1:5, 12))
alike$y <- round(2 + 0.3 * alike$x + sin(7 * seq_len(60)) - ave(sin(7 * seq_len(60)), alike$group), 6)
write.csv(alike, file.path(here, "mixed_boundary.csv"), row.names = FALSE)
fits <- rbind(fits, fit_row(lmer(y ~ x + (1 | group), alike, control = exact), "mixed_boundary"))

folder <- commandArgs(TRUE)
if (length(folder)) {
  d <- read.csv(file.path(folder, "prt-back-pain", "outcomes_baseline_posttreatment.csv"))
  d <- subset(d, is_patient == 1 & !is.na(group) & !is.na(pain_avg))
  d <- data.frame(participant_id = d$id, arm = c("PRT", "placebo", "usual care")[d$group], weeks = c(0, 4)[d$time],
                  pain_nrs = d$pain_avg, age_years = d$age, female = as.numeric(d$gender == 2))
  out <- rbind(out, visits(d, "prt-back-pain", c("age_years", "female"), c(0, 4), c("PRT", "placebo", "usual care"), 4))
  s <- read.csv(file.path(folder, "sciatica-trial", "sciatica_long.csv"))
  fits <- rbind(fits, fit_row(lmer(vas_back ~ log1p(planned_week) + age + sex + (1 | id), s, control = exact), "sciatica"))
  sleep <- read.csv(file.path(folder, "mixed-model-classics", "sleepstudy.csv"))
  fits <- rbind(fits, fit_row(lmer(Reaction ~ Days + (1 | Subject), sleep, control = exact), "sleepstudy"))
  growth <- read.csv(file.path(folder, "mixed-model-classics", "orthodont.csv"))
  growth$from11 <- growth$age - 11
  growth$Sex <- relevel(factor(growth$Sex), "Male")
  fits <- rbind(fits, fit_row(lmer(distance ~ from11 * Sex + (1 | Subject), growth, control = exact), "orthodont"))
}
written(out, "mixed.csv")
written(fits, "mixed_fits.csv")
