# Rscript ancova.R [folder of prt-back-pain]: baseline-adjusted differences with lm and emmeans, written to ancova.csv.
library(emmeans)
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
versions <- paste0(R.version.string, "; emmeans ", packageVersion("emmeans"))

adjusted <- function(data, name, formula, reference, others) {
  fit <- lm(formula, data)
  means <- emmeans(fit, "arm", weights = "proportional", data = data)
  shown <- as.data.frame(summary(means, infer = c(TRUE, FALSE)))
  coefficients <- summary(fit)$coefficients
  rows <- lapply(others, function(arm) {
    row <- coefficients[paste0("arm", arm), ]
    half <- qt(0.975, fit$df.residual) * row[[2]]
    data.frame(data = name, term = paste(arm, "vs", reference), estimate = row[[1]], std_error = row[[2]],
               df = fit$df.residual, conf_low = row[[1]] - half, conf_high = row[[1]] + half, p_value = row[[4]])
  })
  rows <- c(rows, list(data.frame(data = name, term = paste0(shown$arm, ": adjusted mean"), estimate = shown$emmean,
                                  std_error = shown$SE, df = shown$df, conf_low = shown$lower.CL,
                                  conf_high = shown$upper.CL, p_value = NA)))
  cbind(do.call(rbind, rows), versions = versions)
}

trial <- read.csv(file.path(here, "effects_trial.csv"))
baseline <- subset(trial, weeks == 0)
final <- subset(trial, weeks == 12)[c("participant_id", "pain_nrs")]
wide <- merge(baseline, final, by = "participant_id", suffixes = c("_0", "_12"))
wide$arm <- relevel(factor(wide$arm), "usual care")
out <- adjusted(wide, "effects_trial", pain_nrs_12 ~ arm + pain_nrs_0 + age_years + sex + job_class, "usual care",
                c("stretching, hip", "strength"))

folder <- commandArgs(TRUE)
if (length(folder)) {
  d <- read.csv(file.path(folder, "outcomes_baseline_posttreatment.csv"))
  d <- subset(d, is_patient == 1 & !is.na(group))
  d$arm <- factor(c("PRT", "placebo", "usual care")[d$group], c("PRT", "placebo", "usual care"))
  d$sex <- factor(d$gender)
  after <- subset(d, time == 2 & !is.na(pain_avg))[c("id", "pain_avg")]
  wide <- merge(subset(d, time == 1), after, by = "id", suffixes = c("_0", "_4"))
  out <- rbind(out, adjusted(wide, "prt-back-pain", pain_avg_4 ~ arm + pain_avg_0 + age + sex, "PRT",
                             c("placebo", "usual care")))
}
numbers <- sapply(out, is.numeric)
out[numbers] <- lapply(out[numbers], function(x) trimws(formatC(x, digits = 15, format = "g")))
out[out == "NA"] <- ""
write.csv(out, file.path(here, "ancova.csv"), row.names = FALSE)
