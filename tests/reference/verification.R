# Rscript verification.R: sensitivity and specificity of a rule where not everybody was looked at, by maximum likelihood over what was seen (missing
# at random given the rule), with the observed information by numDeriv; and with everybody looked at by glm. Writes verification.csv.
suppressMessages(library(numDeriv))
cases <- list(some = c(60, 48, 20, 340, 70, 6), all = c(60, 60, 20, 340, 340, 9))  # people, looked at, found: flagged, then passed
out <- data.frame()
for (name in names(cases)) {
  k <- cases[[name]]
  # The likelihood of the rule's answers and of what was found, in the log odds of prevalence, sensitivity and specificity.
  loglik <- function(b) {
    p <- plogis(b); pos <- p[1] * p[2] + (1 - p[1]) * (1 - p[3])
    r1 <- p[1] * p[2] / pos; r0 <- p[1] * (1 - p[2]) / (1 - pos)
    k[1] * log(pos) + k[4] * log(1 - pos) + k[3] * log(r1) + (k[2] - k[3]) * log(1 - r1) + k[6] * log(r0) + (k[5] - k[6]) * log(1 - r0)
  }
  o <- optim(c(-2, 0, 1), function(b) -loglik(b), method = "BFGS", control = list(reltol = 1e-16, maxit = 10000))
  o <- optim(o$par, function(b) -loglik(b), method = "BFGS", control = list(reltol = 1e-18, maxit = 10000))
  se <- sqrt(diag(solve(hessian(function(b) -loglik(b), o$par))))
  for (i in 2:3) out <- rbind(out, data.frame(case = name, what = c("", "sensitivity", "specificity")[i], estimate = plogis(o$par[i]),
    conf_low = plogis(o$par[i] - qnorm(0.975) * se[i]), conf_high = plogis(o$par[i] + qnorm(0.975) * se[i])))
}
k <- cases$all
f <- glm(cbind(k[3], k[6]) ~ 1, binomial, control = glm.control(epsilon = 1e-14))
ci <- coef(f) + c(-1, 1) * qnorm(0.975) * sqrt(vcov(f)[1, 1])
out <- rbind(out, data.frame(case = "all", what = "sensitivity by glm", estimate = plogis(coef(f)), conf_low = plogis(ci[1]), conf_high = plogis(ci[2])))
out$made_by <- paste0("R ", getRversion(), ", numDeriv ", packageVersion("numDeriv"))
write.csv(format(out, digits = 12, trim = TRUE), "verification.csv", row.names = FALSE)
