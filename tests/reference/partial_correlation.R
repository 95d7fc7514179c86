# Correlations among people alike in columns known with error, for tests/estimators/test_partial_correlation.py.
# Rscript partial_correlation.R (in this folder) draws partial_correlation_data.csv and writes partial_correlation.csv.
# From the inverse of the covariance matrix less the error; errors by the infinitesimal jackknife, numDeriv's derivatives by each person's weight.
suppressMessages(library(numDeriv))
set.seed(20261122)
n <- 60
cause <- rnorm(n)
d <- data.frame(x = cause + rnorm(n), y = 0.9 * cause + 0.4 * rnorm(n)^2 + rnorm(n), chained = 0, z1 = cause + rnorm(n, 0, 0.6), z2 = rnorm(n))
d$x <- d$x + 0.5 * d$z2
d$y <- d$y + 0.8 * d$x
d$chained <- cause + rnorm(n, 0, 1.1)
d <- round(d, 4)
write.csv(d, "partial_correlation_data.csv", row.names = FALSE)
error <- c(0.36, 0)
shares <- seq(0, 1.25, length.out = 11)
z_of <- function(w, rows, share, error) {
  S <- cov.wt(rows, w / sum(w), method = "ML")$cov
  held <- 2 + seq_along(error)
  S[cbind(held, held)] <- S[cbind(held, held)] - share * error
  P <- solve(S)
  atanh(-P[1, 2] / sqrt(P[1, 1] * P[2, 2]))
}
at <- function(rows, share, error) {
  z <- z_of(rep(1, n), rows, share, error)
  moves <- n * grad(z_of, rep(1, n), rows = rows, share = share, error = error)
  c(z, sqrt(mean(moves^2) / (n - length(error) - 3)))
}
out <- NULL
for (name in c("no error", "error", "a sign that turns")) {
  rows <- as.matrix(d[, c("x", if (name == "a sign that turns") "chained" else "y", "z1", "z2")])
  e <- if (name == "no error") c(0, 0) else if (name == "error") error else error * 1.25
  found <- if (name == "no error") cbind(at(rows, 0, e)) else sapply(shares, function(s) at(rows, s, e))
  turn <- which(diff(sign(found[1, ])) != 0)
  share <- if (length(turn)) uniroot(function(s) z_of(rep(1, n), rows, s, e), shares[turn[1] + 0:1], tol = 1e-10)$root else shares[which.min(abs(found[1, ] / found[2, ]))]
  best <- at(rows, share, e); df <- n - 4; half <- qt(0.975, df) * best[2]
  out <- rbind(out, data.frame(name, estimate = tanh(best[1]), std_error = best[2] * (1 - tanh(best[1])^2), df, conf_low = tanh(best[1] - half),
    conf_high = tanh(best[1] + half), p_value = 2 * pt(-abs(best[1]) / best[2], df), share, error = e[1]))
}
print(out)
out$made_by <- paste0("R ", getRversion(), ", numDeriv ", packageVersion("numDeriv"))
write.csv(format(out, digits = 12, trim = TRUE), "partial_correlation.csv", row.names = FALSE)
