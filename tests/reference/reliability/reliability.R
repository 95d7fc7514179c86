# Intraclass correlations, limits of agreement and kappa by other programs, for tests/estimators/reliability.
# Run in this folder: Rscript reliability.R
# It draws readings.csv (people by readings, whose columns differ) and ratings.csv (three categories by two raters).
# psych gives coefficients, kappa and intervals, lme4 the variances of the two-way model, qt() exact intervals of limits (Carkeet 2015).
suppressPackageStartupMessages({library(psych); library(lme4)})
options(digits = 15)
made_with <- paste0("R ", getRversion(), ", psych ", packageVersion("psych"), ", lme4 ", packageVersion("lme4"))
set.seed(20261122)
people <- 25
readings <- round(rnorm(people, 6, 3) + matrix(rnorm(people * 3, 0, 1.3), people) + rep(c(0, 0.8, -0.4), each = people), 1)
write.csv(readings, "readings.csv", row.names = FALSE)

coefficients <- function(x, data) {
  found <- ICC(x, lmer = FALSE)$results
  data.frame(data = data, statistic = c("ICC(1,1)", "ICC(2,1)", "ICC(3,1)", "ICC(1,k)", "ICC(2,k)", "ICC(3,k)"),
             estimate = found$ICC, conf_low = found$`lower bound`, conf_high = found$`upper bound`)
}
shrout <- matrix(c(9, 2, 5, 8, 6, 1, 3, 2, 8, 4, 6, 8, 7, 1, 2, 6, 10, 5, 6, 9, 6, 2, 4, 7), 6, byrow = TRUE)
long <- data.frame(value = c(readings), person = factor(rep(1:people, 3)), reading = factor(rep(1:3, each = people)))
tight <- lmerControl(optimizer = "nloptwrap", optCtrl = list(xtol_abs = 1e-14, ftol_abs = 1e-14, xtol_rel = 1e-14, ftol_rel = 1e-14))
variances <- as.data.frame(VarCorr(lmer(value ~ 1 + (1 | person) + (1 | reading), long, control = tight)))
variance <- setNames(variances$vcov, variances$grp)
one_way <- as.data.frame(VarCorr(lmer(value ~ 1 + (1 | person), long, control = tight)))

apart <- readings[, 2] - readings[, 1]
n <- length(apart); z <- qnorm(0.975); spread <- sd(apart)
exact <- qt(c(0.025, 0.975), n - 1, z * sqrt(n)) / sqrt(n) * spread
rows <- rbind(
  coefficients(shrout, "shrout"), coefficients(readings, "readings"),
  data.frame(data = "readings", statistic = c("variance of persons, two-way", "variance of columns", "residual variance", "variance of persons, one-way", "variance within"),
             estimate = c(variance[c("person", "reading", "Residual")], one_way$vcov), conf_low = NA, conf_high = NA),
  data.frame(data = "readings", statistic = c("bias", "upper limit"), estimate = c(mean(apart), mean(apart) + z * spread),
             conf_low = c(t.test(apart)$conf.int[1], mean(apart) + exact[1]), conf_high = c(t.test(apart)$conf.int[2], mean(apart) + exact[2])))
rows$made_with <- made_with
write.csv(rows, "reliability.csv", row.names = FALSE)

first <- sample(c("none", "some", "much"), 60, TRUE, c(0.5, 0.3, 0.2))
second <- ifelse(runif(60) < 0.6, first, sample(c("none", "some", "much"), 60, TRUE, c(0.6, 0.3, 0.1)))
write.csv(data.frame(first, second), "ratings.csv", row.names = FALSE)
found <- cohen.kappa(cbind(first, second))
write.csv(data.frame(kappa = found$kappa, std_error = sqrt(found$var.kappa), made_with = made_with), "kappa.csv", row.names = FALSE)
