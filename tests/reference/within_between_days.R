# The mixed model with errors that are robust over persons, for tests/analyses/test_within_between.py.
# Run in this folder: Rscript within_between_days.R
# It draws within_between_days_data.csv (people with 8 to 21 days, whose residuals follow each other) and fits it.
suppressPackageStartupMessages({library(lme4); library(clubSandwich)})
set.seed(20261122)
people <- 18
rows <- do.call(rbind, lapply(1:people, function(person) {
  days <- sort(sample(0:20, sample(8:21, 1)))
  sitting <- as.numeric(arima.sim(list(ar = 0.7), 21))[days + 1] + rnorm(1, 7, 1.5)
  rest <- as.numeric(arima.sim(list(ar = 0.7), 21))[days + 1]
  data.frame(participant_id = sprintf("P%02d", person), days = days, sitting_hours = round(pmax(0, sitting), 1),
             pain_nrs = round(pmin(10, pmax(0, 4 + 0.1 * sitting + rnorm(1) + rest)), 1))
}))
write.csv(rows, "within_between_days_data.csv", row.names = FALSE)
rows$between <- ave(rows$sitting_hours, rows$participant_id)
rows$within <- rows$sitting_hours - rows$between
tight <- lmerControl(optimizer = "nloptwrap", optCtrl = list(xtol_abs = 1e-14, ftol_abs = 1e-14, xtol_rel = 1e-14, ftol_rel = 1e-14))
rows$time <- rows$days
models <- list(adjusted = lmer(pain_nrs ~ within + between + time + (1 | participant_id), rows, control = tight),
               unadjusted = lmer(pain_nrs ~ within + between + (1 | participant_id), rows, control = tight))
found <- do.call(rbind, lapply(names(models), function(name) {
  model <- models[[name]]
  contrasts <- rbind("within persons" = 1 * (names(fixef(model)) == "within"),
                     "between persons" = 1 * (names(fixef(model)) == "between"))
  contrasts <- rbind(contrasts, "between minus within" = contrasts[2, ] - contrasts[1, ])
  tests <- linear_contrast(model, vcov = "CR2", contrasts = contrasts, test = "Satterthwaite")
  data.frame(term = paste0(rownames(contrasts), ", ", name), estimate = tests$Est, std_error = tests$SE, df = tests$df,
             conf_low = tests$CI_L, conf_high = tests$CI_U)
}))
found$made_with <- paste0("R ", getRversion(), ", lme4 ", packageVersion("lme4"), ", clubSandwich ", packageVersion("clubSandwich"))
options(digits = 15)
write.csv(found, "within_between_days.csv", row.names = FALSE)
