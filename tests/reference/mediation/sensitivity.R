# Indirect effects where errors of mediators and outcome correlate, by lavaan with the correlations held at given values:
# Rscript sensitivity.R (in this folder) reads data.csv and writes sensitivity.csv and sensitivity_versions.txt.
library(lavaan)
d <- read.csv("data.csv")
out <- data.frame(what = character(), rho = numeric(), rho_second = numeric(), estimate = numeric())
put <- function(what, rho, rho_second, estimate)
  out <<- rbind(out, data.frame(what, rho, rho_second, estimate = estimate))
fitted <- function(model) {
  fit <- sem(model, d, fixed.x = FALSE, meanstructure = TRUE, se = "none", test = "none", baseline = FALSE, control = list(rel.tol = 1e-14, iter.max = 10000))
  stopifnot(lavInspect(fit, "converged"))
  unname(coef(fit, type = "user")["indirect"])
}

# One mediator, as measured.
one <- "
  tilt ~ a * arm + age + pain0 + tilt0
  pain ~ arm + age + pain0 + tilt0 + b * tilt
  tilt ~~ vm * tilt + r * pain
  pain ~~ vy * pain
  r == %s * sqrt(vm * vy)
  indirect := a * b
"
for (rho in c(-0.6, -0.3, 0.3, 0.6)) put("lavaan_one", rho, NA, fitted(sprintf(one, rho)))

# Two mediators in sequence, with the error variances of tilt (1.0) and hip (2.0) known, at baseline and follow-up.
two <- "
  T0 =~ 1 * tilt0
  H0 =~ 1 * hip0
  H1 =~ 1 * hip
  T1 =~ 1 * tilt
  tilt0 ~~ 1.0 * tilt0
  tilt ~~ 1.0 * tilt
  hip0 ~~ 2.0 * hip0
  hip ~~ 2.0 * hip
  H1 ~ a1 * arm + age + pain0 + H0 + T0
  T1 ~ a2 * arm + age + pain0 + H0 + T0 + b21 * H1
  pain ~ arm + age + pain0 + H0 + T0 + b1 * H1 + b2 * T1
  H1 ~~ vh * H1 + rh * pain
  T1 ~~ vt * T1 + rt * pain
  pain ~~ vy * pain
  rh == %s * sqrt(vh * vy)
  rt == %s * sqrt(vt * vy)
  arm ~~ age + pain0 + H0 + T0
  age ~~ pain0 + H0 + T0
  pain0 ~~ H0 + T0
  H0 ~~ T0
  indirect := a1 * b1 + (a2 + b21 * a1) * b2
"
for (rho in list(c(0, 0), c(0.3, 0), c(0, -0.4), c(0.3, -0.4), c(-0.5, 0.5)))
  put("lavaan_two", rho[1], rho[2], fitted(sprintf(two, rho[1], rho[2])))

out$estimate <- format(out$estimate, digits = 12, trim = TRUE)
write.csv(out, "sensitivity.csv", row.names = FALSE, quote = FALSE)
cat(R.version.string, "\nlavaan", as.character(packageVersion("lavaan")), "\n",
    file = "sensitivity_versions.txt")
