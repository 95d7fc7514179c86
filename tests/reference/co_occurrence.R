# Correlations of two complaints within persons: residuals by lm in each person, pooled by metafor with clubSandwich's CR2 and Satterthwaite's degrees of freedom; between persons by cor, with errors of a jackknife written out.
# Rscript tests/reference/co_occurrence.R writes co_occurrence_data.csv and co_occurrence.csv beside this file.
suppressMessages({library(metafor); library(clubSandwich)})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
set.seed(20261123)
slow <- function(n, memory) { s <- rnorm(n); for (t in 2:n) s[t] <- memory * s[t - 1] + sqrt(1 - memory^2) * s[t]; s }
d <- do.call(rbind, lapply(1:18, function(i) {
  n <- 56; own <- 0.4 * rnorm(1) + 0.6; level <- rnorm(2, c(3, 4), 1); days <- (seq_len(n) - 1) / 2; shared <- slow(n, 0.5)
  hip <- level[1] + own * shared + slow(n, 0.5) - 0.02 * days
  back <- level[2] + own * shared + slow(n, 0.5) - 0.03 * days + 0.5 * (days %% 1 > 0)
  one <- data.frame(participant_id = sprintf("P%02d", i), days, hip_pain_nrs = round(pmin(pmax(hip, 0), 10)), pain_nrs = round(pmin(pmax(back, 0), 10)))
  one[runif(n) > 0.15, ]
}))
d$hip_pain_nrs[runif(nrow(d)) < 0.05] <- NA
write.csv(d, file.path(here, "co_occurrence_data.csv"), row.names = FALSE, na = "")

d <- d[!is.na(d$hip_pain_nrs), ]
d$evening <- d$days %% 1 > 0
follows <- c(FALSE, diff(d$days) == 0.5 & head(d$participant_id, -1) == tail(d$participant_id, -1))
answers <- list()
say <- function(statistic, adjustment, who, estimate, std_error, low = NA, high = NA, p = NA)
  answers[[length(answers) + 1]] <<- data.frame(statistic, adjustment, who, estimate, std_error, low, high, p)
one_way <- function(formula, adjustment, columns) {
  rest <- function(name) ave(seq_len(nrow(d)), d$participant_id, FUN = function(at) residuals(lm(as.formula(paste(name, formula)), data = d[at, ])))
  x <- rest("hip_pain_nrs"); y <- rest("pain_nrs")
  memory <- function(e) { now <- e[follows]; before <- e[which(follows) - 1]; sum(now * before) / (sum(now^2 + before^2) / 2) }
  both <- memory(x) * memory(y)
  n <- as.vector(table(d$participant_id))
  z <- atanh(sapply(split(seq_len(nrow(d)), d$participant_id), function(at) cor(x[at], y[at])))
  left <- n * (1 - both) / (1 + both) - columns - 2
  for (i in seq_along(z)) if (columns == 3) say("person", adjustment, i, tanh(z[i]), (1 - tanh(z[i])^2) / sqrt(left[i]))
  fit <- rma(z, 1 / left, method = "REML", control = list(threshold = 1e-12, maxiter = 1000))
  robust <- coef_test(fit, vcov = "CR2", cluster = seq_along(z), test = "Satterthwaite")
  ends <- fit$beta[1] + c(-1, 1) * qt(0.975, robust$df) * robust$SE
  say("within", adjustment, NA, tanh(fit$beta), (1 - tanh(fit$beta)^2) * robust$SE, tanh(ends[1]), tanh(ends[2]), robust$p_Satt)
  if (columns == 3) { say("between people", adjustment, NA, sqrt(fit$tau2), NA, p = fit$QEp); say("memory", adjustment, NA, both, NA) }
}
one_way("~ days + evening", "course", 3)
one_way("~ 1", "level", 1)
means <- aggregate(d[c("hip_pain_nrs", "pain_nrs")], d["participant_id"], mean)
k <- nrow(means); z <- atanh(cor(means$hip_pain_nrs, means$pain_nrs))
without <- sapply(seq_len(k), function(i) atanh(cor(means$hip_pain_nrs[-i], means$pain_nrs[-i])))
error <- sqrt((k - 1) / k * sum((without - mean(without))^2))
ends <- z + c(-1, 1) * qt(0.975, k - 2) * error
say("between", "", NA, tanh(z), (1 - tanh(z)^2) * error, tanh(ends[1]), tanh(ends[2]), 2 * pt(-abs(z / error), k - 2))
answers <- do.call(rbind, answers)
answers$versions <- paste(R.version.string, "metafor", packageVersion("metafor"), "clubSandwich", packageVersion("clubSandwich"))
numbers <- c("estimate", "std_error", "low", "high", "p")
answers[numbers] <- lapply(answers[numbers], function(x) trimws(formatC(x, digits = 14, format = "g")))
write.csv(answers, file.path(here, "co_occurrence.csv"), row.names = FALSE)
