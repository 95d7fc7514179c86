# Equivalence and non-inferiority of two arms at week 12, at equal baseline: lm, then one-sided t tests by pt().
# Rscript equivalence.R > equivalence.csv   (run in this folder)
rows <- read.csv("effects_trial.csv", stringsAsFactors = FALSE)
wide <- reshape(rows[rows$weeks %in% c(0, 12), c("participant_id", "arm", "weeks", "pain_nrs")],
                idvar = c("participant_id", "arm"), timevar = "weeks", direction = "wide")
wide <- wide[complete.cases(wide), ]
wide$arm <- relevel(factor(wide$arm), ref = "usual care")
fit <- lm(pain_nrs.12 ~ arm + pain_nrs.0, data = wide)
found <- summary(fit)$coefficients
df <- fit$df.residual
margin <- 1.5
versions <- paste("R", getRversion())
out <- do.call(rbind, lapply(c("stretching, hip", "strength"), function(arm) {
  name <- paste0("arm", arm)
  estimate <- found[name, "Estimate"]
  error <- found[name, "Std. Error"]
  bounds <- confint(fit, name, level = 0.90)
  below <- pt((estimate - margin) / error, df)
  above <- pt((estimate + margin) / error, df, lower.tail = FALSE)
  data.frame(arm = arm, estimate = estimate, std_error = error, df = df, low_90 = bounds[1], high_90 = bounds[2],
             p_equivalence = max(below, above), p_non_inferiority = below, versions = versions)
}))
write.csv(out, row.names = FALSE, quote = TRUE)
