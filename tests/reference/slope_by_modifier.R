# Slopes at low and high values of a modifier, for tests/analyses/test_slope_by_modifier.py.
# Rscript slope_by_modifier.R (in this folder) draws slope_by_modifier_data.csv (a row a visit, some missed) and writes slope_by_modifier.csv.
# As measured: lme4's coefficients, weights and REML. Corrected: the same equations with whole matrices, error of a known size (1.1 degrees) taken off by
# traces of what it makes of each column. Errors leave each person out at those weights; Fieller's ends are looked for by uniroot.
suppressMessages(library(lme4))
set.seed(20261122)
people <- 40
d <- expand.grid(week = c(0, 4, 8, 12), person = 1:people)
own <- rnorm(nrow(d), 0, 2)
level <- rnorm(people, 6, 3)[d$person]
d$reactive <- pmin(pmax(round(5 + rnorm(people, 0, 1)[d$person] + rnorm(nrow(d), 0, 1.2)), 0), 10)
d$disability <- round(40 + (0.5 + 0.4 * (d$reactive - 5)) * own + 0.3 * level + d$reactive - 0.2 * d$week + rnorm(people, 0, 2)[d$person] + rnorm(nrow(d)), 2)
d$tilt <- round(level + own + rnorm(nrow(d), 0, 1.1), 2)
d <- d[runif(nrow(d)) > 0.12, ]
write.csv(d, "slope_by_modifier_data.csv", row.names = FALSE)

mean_of <- function(x) ave(x, d$person)
x <- d$tilt - mean(d$tilt)
r <- d$reactive
parts <- cbind(within = x - mean_of(x), between = mean_of(x), within_r = (x - mean_of(x)) * r, between_r = mean_of(x) * r)
others <- cbind(1, outer(d$week, c(4, 8, 12), "=="), r - mean_of(r), mean_of(r))
X <- cbind(parts, others)
fit <- lmer(d$disability ~ 0 + X + (1 | d$person), control = lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10)))
ratio <- as.numeric(VarCorr(fit)[[1]]) / sigma(fit)^2
together <- outer(d$person, d$person, "==")
W <- solve(diag(nrow(d)) + ratio * together)
# What an error of variance 1 adds to the equations: a column's error is K e. The other columns take up some of it by chance.
P <- together / tabulate(d$person)[d$person]
I <- diag(nrow(d))
K <- list((I - P), P, r * (I - P), r * P)
projected <- W %*% others %*% solve(t(others) %*% W %*% others) %*% t(others) %*% W
tr <- function(A, M, B) sum(A * (M %*% B))
whole <- outer(1:4, 1:4, Vectorize(function(i, j) tr(K[[i]], W, K[[j]])))
taken <- outer(1:4, 1:4, Vectorize(function(i, j) tr(K[[i]], projected, K[[j]])))
same <- outer(c(1, 2, 1, 2), c(1, 2, 1, 2), "==")
# Each person's part of it is taken off alike, from both sides, so that it does not matter which value of the modifier counts as 0.
kept <- ifelse(same, whole - taken, 0) %*% solve(ifelse(same, whole, 0))
added <- function(rows) {
  here <- outer(1:4, 1:4, Vectorize(function(i, j) if (same[i, j]) tr(K[[i]][rows, rows], W[rows, rows], K[[j]][rows, rows]) else 0))
  (kept %*% here + here %*% t(kept)) / 2
}
pair <- function(w, left, variance) {
  kept_rows <- d$person != left
  A <- t(X[kept_rows, ]) %*% W[kept_rows, kept_rows] %*% X[kept_rows, ]
  A[1:4, 1:4] <- A[1:4, 1:4] - variance * added(kept_rows)
  b <- t(X[kept_rows, ]) %*% W[kept_rows, kept_rows] %*% d$disability[kept_rows]
  below <- 1 / as.numeric(t(w) %*% solve(A, w))
  c(below * sum(w * solve(A, b)), below)
}
who <- unique(d$person); n <- length(who)
still <- sum(apply(X, 2, function(one) all(abs(one - mean_of(one)) < 1e-9)))
df <- n - still
out <- data.frame()
put <- function(level, adjustment, name, w, times = 1) {
  variance <- if (adjustment == "corrected") 1.1^2 else 0
  all <- pair(w, 0, variance)
  each <- t(sapply(who, function(one) pair(w, one, variance))) * n / (n - 1)
  V <- (n - 1)^2 / n * cov(each)
  beyond <- function(q) (all[1] - q * all[2])^2 - qt(0.975, df)^2 * (V[1, 1] - 2 * q * V[1, 2] + q^2 * V[2, 2])
  est <- all[1] / all[2]
  se <- sqrt(V[1, 1] - 2 * est * V[1, 2] + est^2 * V[2, 2]) / all[2]
  ends <- c(uniroot(beyond, c(est - 30 * se, est), tol = 1e-13)$root, uniroot(beyond, c(est, est + 30 * se), tol = 1e-13)$root)
  out <<- rbind(out, data.frame(level, adjustment, name, estimate = times * est, std_error = times * se, df, conf_low = times * ends[1],
    conf_high = times * ends[2], p_value = 2 * pt(-abs(all[1]) / sqrt(V[1, 1]), df)))
}
q <- quantile(r, c(0.25, 0.75)); per <- 5
e <- function(...) { w <- rep(0, ncol(X)); at <- list(...); for (one in names(at)) w[as.integer(one)] <- at[[one]]; w }
for (adjustment in c("as measured", "corrected")) for (level in c("within", "between")) {
  k <- if (level == "within") 1 else 2
  slope <- function(value, one = 1) { w <- rep(0, ncol(X)); w[k] <- one; w[k + 2] <- value; w }
  put(level, adjustment, "low", slope(q[1]), per)
  put(level, adjustment, "high", slope(q[2]), per)
  put(level, adjustment, "high minus low", slope(q[2] - q[1], 0), per)
}
# Four cells at exposures half of `per` below and above the mean; column 9 is the modifier within persons.
step <- q[2] - q[1]
put("within", "corrected", "exposure alone", e("1" = per, "3" = per * q[1]))
put("within", "corrected", "modifier alone", e("9" = step, "3" = -step * per / 2))
put("within", "corrected", "both", e("1" = per, "3" = per * mean(q), "9" = step))
put("within", "corrected", "both beyond the sum", e("3" = per * step))
# Weights are lmer's: its coefficients are those of the equations without error.
stopifnot(max(abs(fixef(fit) - solve(t(X) %*% W %*% X, t(X) %*% W %*% d$disability))) < 1e-6)
out$made_by <- paste0("R ", getRversion(), ", lme4 ", packageVersion("lme4"))
write.csv(format(out, digits = 12, trim = TRUE), "slope_by_modifier.csv", row.names = FALSE)
