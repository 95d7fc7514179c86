# Mediation by lm and by lavaan: Rscript mediation.R (in this folder) writes mediation.csv.
library(lavaan)
d <- read.csv("data.csv")
out <- data.frame(what = character(), name = character(), estimate = numeric())
put <- function(what, name, estimate) out <<- rbind(out, data.frame(what, name, estimate = unname(estimate)))

# One mediator, no interaction: the product a * b and the difference of coefficients.
a <- coef(lm(tilt ~ arm + age + pain0 + tilt0, d))["arm"]
y <- coef(lm(pain ~ arm + age + pain0 + tilt0 + tilt, d))
put("single", "a_times_b", a * y["tilt"])
put("single", "direct", y["arm"])
put("single", "total", coef(lm(pain ~ arm + age + pain0 + tilt0, d))["arm"])

# Two mediators in sequence with a confounder that the arm changes, by lm.
total <- coef(lm(pain ~ arm + age + pain0 + hip0 + tilt0, d))["arm"]
hip_shift <- coef(lm(hip ~ arm + age + pain0 + hip0 + tilt0, d))["arm"]
tilt_shift <- coef(lm(tilt ~ arm + age + pain0 + hip0 + tilt0, d))["arm"]
link <- coef(lm(tilt ~ arm + age + pain0 + hip0 + tilt0 + steps + hip, d))["hip"]
b <- coef(lm(pain ~ arm + age + pain0 + hip0 + tilt0 + steps + hip + tilt, d))
put("sequence", "total", total)
put("sequence", "hip", hip_shift * b["hip"])
put("sequence", "tilt", (tilt_shift - link * hip_shift) * b["tilt"])
put("sequence", "hip_tilt", hip_shift * link * b["tilt"])
put("sequence", "indirect", hip_shift * b["hip"] + tilt_shift * b["tilt"])

# The same with error variances fixed, by lavaan: tilt 1.0, hip 2.0, at baseline and follow-up; no confounder.
model <- "
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
  pain ~ direct * arm + age + pain0 + H0 + T0 + b1 * H1 + b2 * T1
  arm ~~ age + pain0 + H0 + T0
  age ~~ pain0 + H0 + T0
  pain0 ~~ H0 + T0
  H0 ~~ T0
  hip_alone := a1 * b1
  tilt_alone := a2 * b2
  hip_tilt := a1 * b21 * b2
  indirect := hip_alone + tilt_alone + hip_tilt
  total := indirect + direct
"
fit <- sem(model, d, fixed.x = FALSE, meanstructure = TRUE,
           control = list(rel.tol = 1e-14, iter.max = 10000))
stopifnot(lavInspect(fit, "converged"))
pe <- parameterEstimates(fit)
for (one in c("direct", "hip_alone", "tilt_alone", "hip_tilt", "indirect", "total"))
  put("lavaan_errors", one, pe$est[pe$label == one][1])

# Gaps that depend on what was seen: full-information maximum likelihood.
gaps <- d
gaps$tilt[d$pain0 > 6] <- NA
gaps$pain[d$steps < 6] <- NA
fiml <- "
  hip ~ arm + age + pain0 + hip0 + tilt0
  tilt ~ a2 * arm + age + pain0 + hip0 + tilt0 + hip
  pain ~ direct * arm + age + pain0 + hip0 + tilt0 + b1 * hip + b2 * tilt
  steps ~ arm + age + pain0 + hip0 + tilt0 + hip + tilt + pain
"
fit <- sem(fiml, gaps, missing = "fiml.x", fixed.x = FALSE, control = list(rel.tol = 1e-14, iter.max = 10000))
stopifnot(lavInspect(fit, "converged"))
pe <- parameterEstimates(fit)
put("fiml", "direct", pe$est[pe$label == "direct"])
put("fiml", "b1", pe$est[pe$label == "b1"])
put("fiml", "b2", pe$est[pe$label == "b2"])

# Sensitivity of one mediator: Imai, Keele & Yamamoto 2010, theorem 4, written out.
m <- lm(tilt ~ arm + age + pain0 + tilt0, d)
r <- lm(pain ~ arm + age + pain0 + tilt0, d)
rho_tilde <- cor(resid(m), resid(r))
s1 <- sqrt(mean(resid(r)^2)); s2 <- sqrt(mean(resid(m)^2))
for (rho in c(-0.5, 0.3, 0.6))
  put("rho", rho, coef(m)["arm"] * s1 / s2 * (rho_tilde - rho * sqrt((1 - rho_tilde^2) / (1 - rho^2))))
put("rho", "nil", rho_tilde)

write.csv(out, "mediation.csv", row.names = FALSE)
cat(R.version.string, "\nlavaan", as.character(packageVersion("lavaan")), "\n", file = "versions.txt")
