# A curve of lordosis along pelvic tilt within and between persons, for tests/analyses/test_exposure_curve.py.
# Rscript exposure_curve.R (in this folder) draws exposure_curve_data.csv (a row a visit, some missed) and writes exposure_curve.csv.
# splines::ns with three columns, lme4 by REML, clubSandwich's CR2 with Satterthwaite's degrees of freedom, base R's SIMEX (an error of 1.1 degrees, 1,000
# draws at each of four multiples, the hyperbola by optimize), which Monte Carlo error keeps apart from any other draws.
suppressMessages({library(lme4); library(clubSandwich); library(splines)})
set.seed(20261122)
people <- 40
d <- expand.grid(week = c(0, 4, 8), person = 1:people)
true <- rnorm(people, 6, 3)[d$person] + rnorm(nrow(d), 0, 2)
d$lordosis <- round(50 + true + 0.08 * (true - 6)^2 + 0.3 * d$week + rnorm(people, 0, 3)[d$person] + rnorm(nrow(d), 0, 1.5), 2)
d$tilt <- round(true + rnorm(nrow(d), 0, 1.1), 2)
d <- d[runif(nrow(d)) > 0.1, ]
write.csv(d, "exposure_curve_data.csv", row.names = FALSE)
mean_of <- function(x) ave(x, d$person)
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10))
later <- outer(d$week, c(4, 8), "==") + 0
out <- data.frame()
put <- function(level, statistic, at, estimate, low = NA, high = NA, df = NA, p = NA)
  out <<- rbind(out, data.frame(level, statistic, at, estimate, conf_low = low, conf_high = high, df, p_value = p))
for (level in c("within", "between")) {
  along <- if (level == "within") d$tilt else mean_of(d$tilt)
  basis <- ns(along, df = 3)
  columns <- function(x) {
    if (level == "between") return(list(unclass(predict(basis, mean_of(x))), x - mean_of(x)))
    b <- unclass(predict(basis, x)); m <- apply(b, 2, mean_of)
    list(b - m, m)
  }
  both <- columns(d$tilt)
  X <- unname(cbind(both[[1]], 1, both[[2]], later))
  dd <- data.frame(y = d$lordosis, person = d$person); dd$X <- X
  fit <- lmer(y ~ 0 + X + (1 | person), dd, control = tight)
  V <- vcovCR(fit, type = "CR2")
  middle <- median(along)
  at <- seq(quantile(along, 0.05), quantile(along, 0.95), length.out = 17)
  turned <- unclass(predict(basis, at)) - unclass(predict(basis, rep(middle, 17)))
  pad <- function(rows) cbind(rows, matrix(0, nrow(rows), ncol(X) - 3))
  t <- linear_contrast(fit, vcov = V, contrasts = pad(turned), test = "Satterthwaite")
  half <- qt(0.975, pmax(t$df, 1)) * t$SE
  for (i in 1:17) put(level, "curve", at[i], t$Est[i], t$Est[i] - half[i], t$Est[i] + half[i])
  # A straight line lies in the spline: what is at right angles to its coefficients is the bend.
  ends <- seq(min(along), max(along), length.out = 50)
  line <- coef(lm(ends ~ unclass(predict(basis, ends))))[-1]
  rows <- pad(t(qr.Q(qr(matrix(line), LAPACK = TRUE), complete = TRUE)[, -1]))
  b <- rows %*% fixef(fit)
  f <- as.numeric(t(b) %*% solve(rows %*% as.matrix(V) %*% t(rows)) %*% b) / 2
  df <- min(linear_contrast(fit, vcov = V, contrasts = rows, test = "Satterthwaite")$df)
  put(level, "bend", NA, f, df = df, p = pf(f, 2, df, lower.tail = FALSE))
  # SIMEX at the weights of the fit.
  ratio <- as.numeric(VarCorr(fit)[[1]]) / sigma(fit)^2
  size <- tabulate(d$person)[d$person]
  apart <- function(x) x - (1 - 1 / sqrt(1 + size * ratio)) * mean_of(x)
  y <- apart(d$lordosis); beside <- apply(X[, -(1:3)], 2, apart)
  drawn <- function(x) as.vector(turned %*% lm.fit(cbind(apply(columns(x)[[1]], 2, apart), beside), y)$coefficients[1:3])
  added <- c(0, 0.5, 1, 1.5, 2)
  seen <- sapply(added, function(l) if (l == 0) drawn(d$tilt) else rowMeans(replicate(500, {
    e <- rnorm(nrow(d), 0, 1.1 * sqrt(l)); (drawn(d$tilt + e) + drawn(d$tilt - e)) / 2 })))
  for (i in 1:17) {
    rest <- function(s) sum(lm.fit(matrix(1 / (1 + s * added)), seen[i, ])$residuals^2)
    s <- optimize(rest, c(0, 0.8), tol = 1e-9)$minimum
    h <- lm.fit(matrix(1 / (1 + s * added)), seen[i, ])$coefficients
    put(level, "curve without error", at[i], h / (1 - s))
  }
}
out$made_by <- paste0("R ", getRversion(), ", lme4 ", packageVersion("lme4"), ", clubSandwich ", packageVersion("clubSandwich"))
write.csv(format(out, digits = 12, trim = TRUE), "exposure_curve.csv", row.names = FALSE)
