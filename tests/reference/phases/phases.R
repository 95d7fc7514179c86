# Rscript phases.R: interrupted series by nlme and random-effects means by metafor with clubSandwich's CR2 and Satterthwaite's degrees of freedom, written to phases.csv and pooling.csv; it draws series.csv.
suppressMessages({library(nlme); library(metafor); library(clubSandwich)})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
versions <- paste0(R.version.string, "; nlme ", packageVersion("nlme"), "; metafor ", packageVersion("metafor"), "; clubSandwich ", packageVersion("clubSandwich"))

drawn <- function(name, seed, days, start, memory, share, missing) {
  set.seed(seed)
  state <- as.numeric(stats::filter(rnorm(days + 200, 0, sqrt(1 - memory^2)), memory, "recursive"))[-(1:200)]
  pain <- 5 - 0.01 * seq_len(days) - 1.2 * (seq_len(days) - 1 > start) + sqrt(share) * state + sqrt(1 - share) * rnorm(days)
  data.frame(set = name, day = seq_len(days) - 1, start = start, pain = round(pain, 4))[runif(days) >= missing, ]
}
sets <- list(drawn("short", 11, 28, 14, 0.5, 1, 0), drawn("long", 12, 84, 40, 0.6, 1, 0), drawn("gaps", 23, 84, 30, 0.7, 1, 0.3),
             drawn("blips", 14, 84, 42, 0.85, 0.6, 0.1))
row <- function(data, model, fit, memory, share) {
  found <- summary(fit)$tTable
  data.frame(set = data$set[1], model = model, term = c("level", "slope", "level change", "slope change")[seq_len(nrow(found))],
             estimate = found[, "Value"], std_error = found[, "Std.Error"], memory = memory, share = share, sd = fit$sigma)
}
out <- NULL
control <- glsControl(tolerance = 1e-12, msTol = 1e-12, maxIter = 500, msMaxIter = 500, opt = "optim", optimMethod = "BFGS")
for (data in sets) {
  data$weeks <- (data$day - data$start) / 7
  data$after <- as.numeric(data$day > data$start)
  for (model in c("step", "own slopes")) {
    formula <- if (model == "step") pain ~ weeks + after else pain ~ weeks + after + weeks:after
    if (data$set[1] != "blips") {
      fit <- gls(formula, data, correlation = corAR1(0.3, form = ~day), method = "REML", control = control)
      memory <- as.numeric(coef(fit$modelStruct$corStruct, unconstrained = FALSE))
      out <- rbind(out, row(data, model, fit, memory, 1))
    } else {
      fit <- gls(formula, data, correlation = corExp(c(5, 0.4), form = ~day, nugget = TRUE), method = "REML", control = control)
      found <- coef(fit$modelStruct$corStruct, unconstrained = FALSE)
      out <- rbind(out, row(data, model, fit, exp(-1 / found[["range"]]), 1 - found[["nugget"]]))
    }
  }
}
options(digits = 15)
write.csv(do.call(rbind, sets), file.path(here, "series.csv"), row.names = FALSE)
write.csv(cbind(out, versions = versions), file.path(here, "phases.csv"), row.names = FALSE)

set.seed(15)
pooled <- function(name, y, se) {
  fit <- rma(y, sei = se, method = "REML", control = list(threshold = 1e-12, maxiter = 10000))
  robust <- coef_test(fit, vcov = "CR2", cluster = seq_along(y), test = "Satterthwaite")
  quantile <- qt(0.975, robust$df)
  ends <- fit$beta[1] + c(-1, 1) * quantile * robust$SE
  t_prediction <- fit$beta[1] + c(-1, 1) * quantile * sqrt(fit$tau2 + robust$SE^2)
  data.frame(set = name, y = y, se = se, estimate = fit$beta[1], std_error = robust$SE, df = robust$df, conf_low = ends[1],
             conf_high = ends[2], p_value = robust$p_Satt, tau = sqrt(fit$tau2), q = fit$QE, q_p_value = fit$QEp,
             prediction_low = t_prediction[1], prediction_high = t_prediction[2])
}
few <- round(rnorm(6, -1, 0.8), 3); many <- round(rnorm(40, -0.5, 0.6), 3)
pools <- rbind(pooled("few", few, round(runif(6, 0.2, 0.7), 3)), pooled("many", many, round(runif(40, 0.1, 0.5), 3)),
               pooled("alike", round(rnorm(10, 0, 0.1), 3), rep(0.5, 10)))
write.csv(cbind(pools, versions = versions), file.path(here, "pooling.csv"), row.names = FALSE)
