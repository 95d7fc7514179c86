# A slope on an exposure whose error variance is known, by lavaan, for tests/estimators/measurement_error.
# Run in this folder: Rscript lavaan.R
# It draws people.csv (one record each) and visits.csv (four each) and fits structural equations with a latent exposure.
suppressPackageStartupMessages({library(lavaan); library(nlme)})
options(digits = 15)
set.seed(20261122)
n <- 120
true <- rnorm(n, 6, 3)
people <- data.frame(tilt = round(true + rnorm(n, 0, 2), 2), pain = round(2 + 0.4 * true + rnorm(n, 0, 1.5), 2))
write.csv(people, "people.csv", row.names = FALSE)
one <- sem("exposure =~ 1 * tilt\ntilt ~~ 4 * tilt\npain ~ exposure", people, likelihood = "wishart")
m <- 60
person <- rep(1:m, each = 4)
true <- rep(rnorm(m, 6, 3), each = 4) + rnorm(4 * m, 0, 1.5)
visits <- data.frame(person, tilt = round(true + rnorm(4 * m, 0, 1), 2), pain = round(2 + 0.4 * true + rep(rnorm(m), each = 4) + rnorm(4 * m), 2))
write.csv(visits, "visits.csv", row.names = FALSE)
# Deviations from persons' means have m (4 - 1) degrees of freedom, whatever lavaan counts, so their moments are given to it.
mean_of <- function(x) ave(x, person)
apart <- with(visits, cbind(tilt = tilt - mean_of(tilt), pain = pain - mean_of(pain)))
within <- sem("exposure =~ 1 * tilt\ntilt ~~ 1 * tilt\npain ~ exposure", sample.cov = crossprod(apart) / (3 * m), sample.nobs = 3 * m, likelihood = "wishart")
means <- with(visits, cbind(tilt = mean_of(tilt), pain = mean_of(pain)))[seq(1, 4 * m, 4), ]
between <- sem("exposure =~ 1 * tilt\ntilt ~~ 0.25 * tilt\npain ~ exposure", data.frame(means), likelihood = "wishart")
slope <- function(fit) coef(fit)[["pain~exposure"]]
write.csv(data.frame(term = c("people", "within", "between"), estimate = c(slope(one), slope(within), slope(between)),
                     made_with = paste0("R ", getRversion(), ", lavaan ", packageVersion("lavaan"))), "lavaan.csv", row.names = FALSE)
