# Rscript usual_level.R: the expected usual level of each person in usual_level_data.csv by lme4 (REML: with as many readings of everybody it has the
# variances of the one-way analysis), and the variances of the unbalanced one-way analysis by hand from aov; writes usual_level.csv.
suppressMessages(library(lme4))
d <- read.csv("usual_level_data.csv")
even <- d[d$reading <= 2, ]
f <- lmer(tilt ~ 1 + (1 | person), even, control = lmerControl(optCtrl = list(maxfun = 1e5, xtol_abs = 1e-12, ftol_abs = 1e-14)))
v <- as.data.frame(VarCorr(f))$vcov
out <- data.frame(what = "even", name = c("between", "within"), value = v)
out <- rbind(out, data.frame(what = "even", name = rownames(coef(f)$person), value = coef(f)$person[, 1]))
a <- summary(aov(tilt ~ factor(person), d))[[1]]
n <- table(d$person); N <- sum(n); k <- length(n)
n0 <- (N - sum(n^2) / N) / (k - 1)
out <- rbind(out, data.frame(what = "uneven", name = c("between", "within"), value = c((a[1, 3] - a[2, 3]) / n0, a[2, 3])))
out$made_by <- paste0("R ", getRversion(), ", lme4 ", packageVersion("lme4"))
write.csv(format(out, digits = 12, trim = TRUE), "usual_level.csv", row.names = FALSE)
