# Least squares with errors that hold under unequal variances, for tests/estimators/test_linear.py.
# Run in this folder: Rscript unequal_variances.R
# It draws unequal_variances_data.csv, whose spread grows with the exposure, and fits it.
# sandwich gives the covariances, clubSandwich (each row a cluster of its own) the degrees of freedom.
suppressPackageStartupMessages({library(sandwich); library(clubSandwich)})
set.seed(20261122)
data <- data.frame(exposure = round(rgamma(24, 2, 0.25), 1), group = rep(c(1, 0, 0), 8))
data$outcome <- round(2 + 0.3 * data$exposure - data$group + (0.2 + 0.25 * data$exposure) * rnorm(24), 2)
write.csv(data, "unequal_variances_data.csv", row.names = FALSE)
model <- lm(outcome ~ exposure + group, data)
tests <- coef_test(model, vcov = "CR2", cluster = seq_len(nrow(data)), test = "Satterthwaite")
options(digits = 15)
write.csv(data.frame(term = c("intercept", "exposure", "group"), estimate = coef(model),
                     HC2 = sqrt(diag(vcovHC(model, "HC2"))), HC3 = sqrt(diag(vcovHC(model, "HC3"))),
                     df = tests$df_Satt, p_value = tests$p_Satt,
                     made_with = paste0("R ", getRversion(), ", sandwich ", packageVersion("sandwich"),
                                        ", clubSandwich ", packageVersion("clubSandwich"))),
          "unequal_variances.csv", row.names = FALSE)
