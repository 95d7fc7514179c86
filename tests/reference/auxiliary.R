# Rscript auxiliary.R: a trial whose people leave by what they do of the programme (auxiliary_data.csv), and the stacked model of pain
# and adherence by nlme's gls, written to auxiliary.csv.
suppressMessages(library(nlme))
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
versions <- paste0(R.version.string, "; nlme ", packageVersion("nlme"))
control <- glsControl(maxIter = 500, msMaxIter = 5000, tolerance = 1e-13, msTol = 1e-14, opt = "optim", optimMethod = "BFGS")

set.seed(20261122)
n <- 120
age <- sample(25:65, n, TRUE)
arm <- rep(c("usual care", "stretching"), n / 2)
own <- rnorm(n)
keeps <- runif(n, 0.2, 0.9)
pain <- function(week) round(pmin(10, pmax(0, 5 + own - 3 * (keeps - 0.55) * week / 12 + 0.02 * (age - 45) + rnorm(n, 0, 0.8))), 1)
d <- data.frame(participant_id = sprintf("P%03d", 1:n), arm, age_years = age, w0 = pain(0), w6 = pain(6), w12 = pain(12))
d$adherence <- ifelse(arm == "stretching", round(pmin(1, pmax(0, keeps + rnorm(n, 0, 0.05))), 3), NA)
leaves <- runif(n) < ifelse(arm == "stretching", plogis(-6 * (keeps - 0.5)), 0.15)
d$w12[leaves] <- NA
write.csv(d, file.path(here, "auxiliary_data.csv"), row.names = FALSE, na = "")

after <- do.call(rbind, lapply(c(6, 12), function(w) {
  data.frame(d[c("participant_id", "arm", "age_years", "w0")], y = d[[paste0("w", w)]], slot = w / 6, part = paste0("w", w))
}))
beside <- data.frame(d[c("participant_id", "arm", "age_years", "w0")], y = 4 * d$adherence, slot = 3, part = "a")
long <- rbind(after, beside)
long <- long[!is.na(long$y), ]
long <- long[order(long$participant_id, long$slot), ]
long$cell <- factor(paste(long$arm, long$part))
long$part <- factor(long$part)
long$is_pain <- as.numeric(long$part != "a")
fitted <- function(rows, formula) {
  gls(formula, rows, corSymm(form = ~ slot | participant_id), varIdent(form = ~ 1 | slot), method = "REML", control = control)
}
both <- fitted(long, y ~ 0 + cell + w0:part + age_years:I(is_pain) + age_years:I(1 - is_pain))
pain_only <- droplevels(long[long$part != "a", ])
alone <- fitted(pain_only, y ~ 0 + cell + w0:part + age_years)
row <- function(fit, name) {
  weights <- (names(coef(fit)) == "cellstretching w12") - (names(coef(fit)) == "cellusual care w12")
  data.frame(model = name, estimate = sum(weights * coef(fit)), std_error = sqrt(sum(weights * (vcov(fit) %*% weights))))
}
out <- rbind(row(both, "with adherence"), row(alone, "pain alone"))
for (column in c("estimate", "std_error")) out[[column]] <- trimws(formatC(out[[column]], digits = 15, format = "g"))
write.csv(cbind(out, versions = versions), file.path(here, "auxiliary.csv"), row.names = FALSE)
