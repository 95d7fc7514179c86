# Rscript responders.R [folder of prt-back-pain]: g-computation from glm by hand, written to responders.csv.
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
versions <- paste0(R.version.string, "; stats ", packageVersion("stats"))

# Stacked estimating equations of the coefficients and the risks, with a numerical bread: nothing is shared with the
# analytic influence functions of the package. Residuals over one less their hat value (Mancl & DeRouen 2001).
standardised <- function(data, name, label, formula, arms) {
  data$arm <- factor(data$arm, arms)
  fit <- glm(formula, binomial, data, control = glm.control(epsilon = 1e-14, maxit = 100))
  x <- model.matrix(fit)
  y <- fit$y
  moved <- lapply(arms, function(a) {
    d <- data
    d$arm <- factor(a, arms)
    model.matrix(delete.response(terms(fit)), d)
  })
  p <- ncol(x)
  equations <- function(theta) {
    beta <- theta[seq_len(p)]
    risks <- sapply(seq_along(arms), function(a) plogis(moved[[a]] %*% beta) - theta[p + a])
    cbind(x * as.numeric(y - plogis(x %*% beta)), risks)
  }
  theta <- c(coef(fit), sapply(moved, function(m) mean(plogis(m %*% coef(fit)))))
  n <- nrow(x)
  bread <- sapply(seq_along(theta), function(k) {
    h <- 1e-4 * max(abs(theta[k]), 1)
    step <- replace(numeric(length(theta)), k, h)
    mean_at <- function(t) colMeans(equations(t))
    (8 * (mean_at(theta + step) - mean_at(theta - step)) - (mean_at(theta + 2 * step) - mean_at(theta - 2 * step))) / (12 * h)
  })
  u <- equations(theta)
  u[, seq_len(p)] <- u[, seq_len(p)] / (1 - hatvalues(fit))
  covariance <- solve(bread) %*% crossprod(u) %*% t(solve(bread)) / n^2
  risks <- theta[-seq_len(p)]
  v <- covariance[-seq_len(p), -seq_len(p)]
  rows <- lapply(2:length(arms), function(a) {
    se <- sqrt(v[a, a] + v[1, 1] - 2 * v[a, 1])
    data.frame(term = paste0(arms[a], " vs ", arms[1], ": ", label), estimate = risks[a] - risks[1], std_error = se)
  })
  rows <- c(rows, lapply(seq_along(arms), function(a)
    data.frame(term = paste0(arms[a], ": standardised risk, ", label), estimate = risks[a], std_error = sqrt(v[a, a]))))
  rows <- do.call(rbind, rows)
  rows$conf_low <- rows$estimate - qnorm(0.975) * rows$std_error
  rows$conf_high <- rows$estimate + qnorm(0.975) * rows$std_error
  cbind(data = name, rows)
}

# Wilson's intervals from prop.test, Newcombe's from them.
observed <- function(data, y, name, label, arms) {
  wilson <- lapply(arms, function(a) {
    k <- sum(y[data$arm == a]); n <- sum(data$arm == a)
    c(k / n, prop.test(k, n, correct = FALSE)$conf.int)
  })
  rows <- lapply(seq_along(arms), function(a) {
    w <- wilson[[a]]; n <- sum(data$arm == arms[a])
    data.frame(data = name, term = paste0(arms[a], ": risk, ", label), estimate = w[1], std_error = sqrt(w[1] * (1 - w[1]) / n),
               conf_low = w[2], conf_high = w[3])
  })
  rows <- c(rows, lapply(2:length(arms), function(a) {
    w <- wilson[[a]]; o <- wilson[[1]]; n <- c(sum(data$arm == arms[a]), sum(data$arm == arms[1]))
    data.frame(data = name, term = paste0(arms[a], " vs ", arms[1], ": ", label, " (unadjusted)"), estimate = w[1] - o[1],
               std_error = sqrt(w[1] * (1 - w[1]) / n[1] + o[1] * (1 - o[1]) / n[2]),
               conf_low = w[1] - o[1] - sqrt((w[1] - w[2])^2 + (o[3] - o[1])^2),
               conf_high = w[1] - o[1] + sqrt((w[3] - w[1])^2 + (o[1] - o[2])^2))
  }))
  do.call(rbind, rows)
}

trial <- read.csv(file.path(here, "effects_trial.csv"))
final <- subset(trial, weeks == 12)[c("participant_id", "pain_nrs")]
wide <- merge(subset(trial, weeks == 0), final, by = "participant_id", suffixes = c("_0", "_12"), all.x = TRUE)
arms <- c("usual care", "stretching, hip", "strength")
fall <- wide$pain_nrs_0 - wide$pain_nrs_12
rules <- list("fall of 30 %" = fall / wide$pain_nrs_0 >= 0.3 - 1e-9, "fall of 50 %" = fall / wide$pain_nrs_0 >= 0.5 - 1e-9,
              "minimal important change" = fall >= 2)
out <- NULL
for (label in names(rules)) {
  wide$better <- rules[[label]]
  known <- wide[!is.na(wide$better), ]
  formula <- better ~ arm + pain_nrs_0 + age_years + sex + job_class
  out <- rbind(out, standardised(known, "effects_trial", label, formula, arms),
               observed(known, known$better, "effects_trial", label, arms))
}

folder <- commandArgs(TRUE)
if (length(folder)) {
  d <- read.csv(file.path(folder, "outcomes_baseline_posttreatment.csv"))
  d <- subset(d, is_patient == 1 & !is.na(group))
  d$arm <- c("PRT", "placebo", "usual care")[d$group]
  after <- subset(d, time == 2)[c("id", "pain_avg")]
  wide <- merge(subset(d, time == 1), after, by = "id", suffixes = c("_0", "_4"), all.x = TRUE)
  wide$better <- !is.na(wide$pain_avg_4) & wide$pain_avg_4 <= 1
  arms <- c("PRT", "placebo", "usual care")
  out <- rbind(out, standardised(wide, "prt-back-pain", "score of at most 1", better ~ arm + pain_avg_0 + age + factor(gender), arms),
               observed(wide, wide$better, "prt-back-pain", "score of at most 1", arms))
}
numbers <- sapply(out, is.numeric)
out[numbers] <- lapply(out[numbers], function(x) trimws(formatC(x, digits = 15, format = "g")))
write.csv(cbind(out, versions = versions), file.path(here, "responders.csv"), row.names = FALSE)
