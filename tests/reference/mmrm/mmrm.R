# Writes the reference numbers of tests/estimators/mmrm: nlme's gls for the fits, clubSandwich for robust standard errors.
#   Rscript tests/reference/mmrm/mmrm.R [folder of prt-back-pain]
# trials.csv holds the simulated trials, mmrm.csv the quantities; the last rows of mmrm.csv are the versions.
# gls stops before the optimum is exact, so its end is polished by Newton steps on the same likelihood, restated in
# textbook form and checked against nlme's at the place where nlme stopped. Robust numbers are those of the unpolished fit.
suppressPackageStartupMessages({library(nlme); library(clubSandwich); library(numDeriv); library(lme4)})
args <- commandArgs(trailingOnly = TRUE)
here <- "tests/reference/mmrm"

simulated <- function(name, seed, persons, weeks, arms, dropout, gaps, correlation, jitter = 0) {
  set.seed(seed)
  visits <- length(weeks)
  sd <- seq(1.2, 2.1, length.out = visits)
  baseline <- round(rnorm(persons, 6, 1.5), 1)
  arm <- rep_len(seq_len(arms) - 1, persons)
  rows <- list()
  for (i in seq_len(persons)) {
    times <- weeks + if (jitter > 0) round(runif(visits, -jitter, jitter), 2) else 0
    lag <- abs(outer(seq_len(visits), seq_len(visits), "-"))
    R <- switch(correlation,
      mixed = 0.35 + 0.65 * 0.6^lag, constant = 0.5 + 0.5 * (lag == 0), ar1 = 0.7^lag,
      exp = exp(-abs(outer(times, times, "-")) / 6))
    S <- R * if (correlation == "exp") 2.25 else outer(sd, sd)
    y <- drop(0.5 * baseline[i] - 0.35 * arm[i] * seq_len(visits) + t(chol(S)) %*% rnorm(visits))
    last <- min(c(which(runif(visits) < dropout)[-1], visits + 1))
    seen <- seq_len(visits) < max(last, 2) & !(runif(visits) < gaps & seq_len(visits) > 1)
    rows[[i]] <- data.frame(trial = name, person = i, visit = seq_len(visits), weeks = weeks, time = times,
      arm = arm[i], baseline = baseline[i], outcome = round(y, 3))[seen, ]
  }
  do.call(rbind, rows)
}

trials <- rbind(
  simulated("dropout", 11, 60, c(4, 8, 12, 24), 2, 0.15, 0, "mixed"),
  simulated("gaps", 12, 90, c(2, 4, 8, 12, 26), 3, 0.10, 0.10, "mixed"),
  simulated("constant", 13, 50, c(4, 8, 12, 16), 2, 0.10, 0.05, "constant"),
  simulated("autoregressive", 14, 70, c(4, 8, 12, 16, 20), 2, 0.15, 0.05, "ar1"),
  simulated("small", 15, 18, c(6, 12, 24), 2, 0.10, 0, "mixed"),
  simulated("times", 16, 45, c(4, 8, 12, 24), 2, 0.10, 0.05, "exp", jitter = 1.5)
)
write.csv(trials, file.path(here, "trials.csv"), row.names = FALSE)

structures <- list(
  "unstructured" = list(corSymm(form = ~ visit | person), varIdent(form = ~ 1 | visit)),
  "compound symmetry" = list(corCompSymm(form = ~ 1 | person), NULL),
  "heterogeneous compound symmetry" = list(corCompSymm(form = ~ 1 | person), varIdent(form = ~ 1 | visit)),
  "autoregressive" = list(corAR1(form = ~ visit | person), NULL),
  "heterogeneous autoregressive" = list(corAR1(form = ~ visit | person), varIdent(form = ~ 1 | visit)),
  "spatial exponential" = list(corExp(form = ~ time | person), NULL)
)

# The covariance of visits from standard deviations (all parameters on scales without bounds but those of correlations).
sigma_of <- function(covariance, par, visits) {
  lag <- abs(outer(seq_len(visits), seq_len(visits), "-"))
  switch(covariance,
    "unstructured" = { L <- diag(visits); L[lower.tri(L, diag = TRUE)] <- par; L %*% t(L) },
    "compound symmetry" = par[1] * (par[2] + (1 - par[2]) * (lag == 0)),
    "heterogeneous compound symmetry" = outer(par[1:visits], par[1:visits]) * (par[visits + 1] + (1 - par[visits + 1]) * (lag == 0)),
    "autoregressive" = par[1] * par[2]^lag,
    "heterogeneous autoregressive" = outer(par[1:visits], par[1:visits]) * par[visits + 1]^lag)
}

start_of <- function(covariance, fit, visits, data) {
  deviation <- rep(fit$sigma, visits)
  if (!is.null(fit$modelStruct$varStruct)) {
    deviation <- fit$sigma * coef(fit$modelStruct$varStruct, unconstrained = FALSE, allCoef = TRUE)[as.character(seq_len(visits))]
  }
  rho <- unname(coef(fit$modelStruct$corStruct, unconstrained = FALSE))
  switch(covariance,
    "unstructured" = {
      R <- diag(visits); R[lower.tri(R)] <- rho; R <- R + t(R) - diag(visits)
      L <- t(chol(outer(deviation, deviation) * R)); L[lower.tri(L, diag = TRUE)]
    },
    "compound symmetry" = , "autoregressive" = , "spatial exponential" = c(fit$sigma^2, rho),
    c(deviation, rho))
}

# -2 log-likelihood, coefficients and their covariance by the textbook formulas, person by person.
textbook <- function(par, covariance, method, data, X) {
  visits <- max(data$visit)
  A <- matrix(0, ncol(X), ncol(X)); b <- numeric(ncol(X)); yy <- 0; logs <- 0
  S <- if (covariance == "spatial exponential") NULL else sigma_of(covariance, par, visits)
  for (at in split(seq_len(nrow(data)), data$person)) {
    V <- if (is.null(S)) par[1] * exp(-abs(outer(data$time[at], data$time[at], "-")) / par[2]) else
      S[data$visit[at], data$visit[at], drop = FALSE]
    W <- solve(V); x <- X[at, , drop = FALSE]; y <- data$outcome[at]
    A <- A + t(x) %*% W %*% x; b <- b + drop(t(x) %*% W %*% y); yy <- yy + drop(t(y) %*% W %*% y)
    logs <- logs + as.numeric(determinant(V)$modulus)
  }
  beta <- solve(A, b)
  rest <- yy - sum(b * beta)
  value <- nrow(X) * log(2 * pi) + logs + rest
  if (method == "REML") value <- value - ncol(X) * log(2 * pi) + as.numeric(determinant(A)$modulus)
  list(value = value, beta = beta, errors = sqrt(diag(solve(A))))
}

polished <- function(par, ...) {
  negative <- function(par) textbook(par, ...)$value
  for (step in 1:3) par <- par - solve(hessian(negative, par), grad(negative, par))
  par
}

quantities <- list()
keep <- function(set, covariance, method, quantity, name, value) {
  quantities[[length(quantities) + 1]] <<- data.frame(set, covariance, method, quantity, name,
    value = formatC(value, digits = 15, format = "g"))
}

control <- glsControl(maxIter = 500, msMaxIter = 1000, tolerance = 1e-10)
formula_of <- function(set, covariance) {
  if (set == "prt") return(outcome ~ arm * visit_factor + age + sex)
  if (covariance == "spatial exponential") return(outcome ~ baseline + arm_factor * time)
  outcome ~ baseline + arm_factor * visit_factor
}

record <- function(set, data, covariance, method) {
  data <- data[order(data$person, data$visit), ]
  model <- formula_of(set, covariance)
  structure <- structures[[covariance]]
  # clubSandwich looks the data up by name.
  trial_rows <<- data
  fit <- do.call("gls", list(model, quote(trial_rows), correlation = structure[[1]], weights = structure[[2]], method = method,
    control = control))
  X <- model.matrix(model, data)
  start <- start_of(covariance, fit, max(data$visit), data)
  # The restated likelihood must be nlme's own where nlme stopped.
  stopifnot(abs(textbook(start, covariance, method, data, X)$value + 2 * as.numeric(logLik(fit))) < 1e-6)
  best <- textbook(polished(start, covariance, method, data, X), covariance, method, data, X)
  cat(set, covariance, method, format(best$value, digits = 12), "gained", -2 * as.numeric(logLik(fit)) - best$value, "\n")
  keep(set, covariance, method, "objective", "", best$value)
  for (name in colnames(X)) {
    keep(set, covariance, method, "estimate", name, best$beta[[name]])
    keep(set, covariance, method, "std_error", name, best$errors[[name]])
  }
  if (method == "REML") for (kind in c("CR0", "CR2", "CR3")) {
    robust <- coef_test(fit, vcov = vcovCR(fit, cluster = factor(data$person), type = kind), test = "Satterthwaite")
    for (at in seq_len(nrow(robust))) {
      keep(set, covariance, method, paste(kind, "std_error"), colnames(X)[at], robust$SE[at])
      keep(set, covariance, method, paste(kind, "df"), colnames(X)[at], robust$df[at])
    }
  }
}

plan <- list(
  c("dropout", "unstructured"), c("dropout", "heterogeneous compound symmetry"), c("gaps", "unstructured"),
  c("gaps", "heterogeneous autoregressive"), c("constant", "compound symmetry"),
  c("constant", "heterogeneous compound symmetry"), c("autoregressive", "autoregressive"),
  c("autoregressive", "heterogeneous autoregressive"), c("small", "unstructured"), c("small", "compound symmetry"),
  c("times", "spatial exponential")
)
for (one in plan) {
  data <- trials[trials$trial == one[1], ]
  data$visit_factor <- factor(data$visit)
  data$arm_factor <- factor(data$arm)
  record(one[1], data, one[2], "REML")
  record(one[1], data, one[2], "ML")
}

# Compound symmetry is a random intercept, for which lmerTest has Satterthwaite's degrees of freedom. lmer's optimum is
# loose, so it is started again at its own end with a tight tolerance.
for (name in c("constant", "small", "dropout")) {
  data <- trials[trials$trial == name, ]
  data$visit_factor <- factor(data$visit)
  data$arm_factor <- factor(data$arm)
  tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12, maxfun = 1e5))
  fit <- lmerTest::lmer(outcome ~ baseline + arm_factor * visit_factor + (1 | person), data, control = tight)
  answers <- coef(summary(fit))
  for (row in rownames(answers)) {
    keep(name, "random intercept", "REML", "Satterthwaite df", row, answers[row, "df"])
    keep(name, "random intercept", "REML", "std_error", row, answers[row, "Std. Error"])
  }
  adjusted <- sqrt(diag(as.matrix(pbkrtest::vcovAdj(fit))))
  for (row in rownames(answers)) keep(name, "random intercept", "REML", "Kenward-Roger std_error", row, adjusted[[match(row, rownames(answers))]])
}

if (length(args)) {
  pain <- read.csv(file.path(args[1], "pain_long.csv"))
  pain$outcome <- pain$pain_avg
  pain$person <- pain$id
  pain$visit <- match(pain$visit, c("baseline", "posttreatment", "five_years"))
  pain$visit_factor <- factor(pain$visit)
  pain$arm <- relevel(factor(pain$arm), ref = "PRT")
  record("prt", pain, "unstructured", "REML")
}

versions <- c(R = as.character(getRversion()), nlme = as.character(packageVersion("nlme")),
  clubSandwich = as.character(packageVersion("clubSandwich")), lme4 = as.character(packageVersion("lme4")),
  lmerTest = as.character(packageVersion("lmerTest")), pbkrtest = as.character(packageVersion("pbkrtest")))
result <- do.call(rbind, quantities)
for (name in names(versions)) result <- rbind(result, data.frame(set = "versions", covariance = "", method = "",
  quantity = "version", name = name, value = versions[[name]]))
write.csv(result, file.path(here, "mmrm.csv"), row.names = FALSE)
