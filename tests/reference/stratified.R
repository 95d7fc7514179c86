# Differences of shares at equal stratum by metafor's rma.mh, for tests/estimators/test_stratified.py.
# Rscript tests/reference/stratified.R writes stratified.csv beside this file.
suppressMessages(library(metafor))
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
set.seed(20261123)
answers <- do.call(rbind, lapply(1:6, function(set) {
  strata <- 1 + set %% 4 + 1
  n <- rpois(strata, 6 * set) + 2; m <- rpois(strata, 9 * set) + 2
  a <- rbinom(strata, n, 0.2 + 0.1 * set); c <- rbinom(strata, m, 0.3)
  found <- rma.mh(measure = "RD", ai = a, n1i = n, ci = c, n2i = m)
  data.frame(set, a, n, c, m, estimate = as.numeric(found$beta), std_error = found$se, conf_low = found$ci.lb, conf_high = found$ci.ub)
}))
answers$versions <- paste(R.version.string, "metafor", packageVersion("metafor"))
write.csv(answers, file.path(here, "stratified.csv"), row.names = FALSE)
