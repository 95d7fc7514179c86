# Slopes within and between persons by lme4 and lmerTest, for tests/analyses/test_within_between.py.
# Run in this folder: Rscript within_between.R
# It draws within_between_data.csv (four visits, people who miss some, seven with one visit) and fits it.
suppressPackageStartupMessages(library(lmerTest))
set.seed(20240611)
people <- 60
person <- data.frame(participant_id = sprintf("P%03d", 1:people),
                     arm = rep(c("hip flexors, stretched", "usual care"), length.out = people),
                     age_years = round(runif(people, 20, 65)), level = rnorm(people), tilt = rnorm(people, 11, 4))
data <- merge(person, data.frame(weeks = c(0, 4, 8, 12)))
data$pelvic_tilt_deg <- round(data$tilt + rnorm(nrow(data), -0.1 * data$weeks, 2), 1)
data$pain_nrs <- 4.5 + 0.06 * data$tilt + 0.12 * (data$pelvic_tilt_deg - data$tilt) + 0.8 * data$level - 0.08 * data$weeks -
  0.05 * data$weeks * (data$arm != "usual care") + 0.01 * (data$age_years - 40) + rnorm(nrow(data), 0, 0.9)
data$pain_nrs <- pmin(10, pmax(0, round(data$pain_nrs, 1)))
data <- data[data$weeks == 0 | runif(nrow(data)) > 0.25, ]
data <- data[!(data$participant_id %in% sprintf("P%03d", 1:7) & data$weeks > 0), ]
data <- data[order(data$participant_id, data$weeks), c("participant_id", "arm", "age_years", "weeks", "pelvic_tilt_deg", "pain_nrs")]
write.csv(data, "within_between_data.csv", row.names = FALSE, quote = TRUE)

per <- 5
data$mean <- ave(data$pelvic_tilt_deg, data$participant_id) / per
data$within <- data$pelvic_tilt_deg / per - data$mean
data$between <- data$mean
tight <- lmerControl(optimizer = "nloptwrap", optCtrl = list(xtol_abs = 1e-14, ftol_abs = 1e-14, xtol_rel = 1e-14, ftol_rel = 1e-14))
models <- list(
  adjusted = lmer(pain_nrs ~ within + between + factor(weeks) * arm + age_years + (1 | participant_id), data, control = tight),
  unadjusted = lmer(pain_nrs ~ within + between + (1 | participant_id), data, control = tight))
rows <- do.call(rbind, lapply(names(models), function(name) {
  model <- models[[name]]
  place <- match(c("within", "between"), names(fixef(model)))
  weights <- matrix(0, 3, length(fixef(model)))
  weights[cbind(1:2, place)] <- 1
  weights[3, place] <- c(-1, 1)
  found <- contest(model, weights, joint = FALSE, confint = TRUE)
  data.frame(term = paste0(c("within persons", "between persons", "between minus within"), ", ", name),
             estimate = found$Estimate, std_error = found$`Std. Error`, df = found$df, conf_low = found$lower,
             conf_high = found$upper, p_value = found$`Pr(>|t|)`)
}))
rows$made_with <- paste0("R ", getRversion(), ", lme4 ", packageVersion("lme4"), ", lmerTest ", packageVersion("lmerTest"))
options(digits = 15)
write.csv(rows, "within_between.csv", row.names = FALSE)
