# Rscript real_sets.R FOLDER: three published sets that the package was not built on, with lm, emmeans, lmerTest and glm,
# written to real_sets.csv. FOLDER holds licorice-gargle, hip-stretching-as and nhefs.
suppressMessages({library(emmeans); library(lmerTest)})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
folder <- commandArgs(TRUE)[1]
versions <- paste0(R.version.string, "; emmeans ", packageVersion("emmeans"), "; lme4 ", packageVersion("lme4"),
                   "; lmerTest ", packageVersion("lmerTest"))

row <- function(analysis, data, term, estimate, std_error, df, n)
  data.frame(analysis, data, term, estimate, std_error, df, n_participants = n, versions)

adjusted <- function(data, name, formula, arms) {
  data <- data[complete.cases(data[all.vars(formula)]), ]
  data$arm <- factor(data$arm, arms)
  fit <- lm(formula, data)
  means <- emmeans(fit, "arm", weights = "proportional")
  apart <- as.data.frame(contrast(means, "trt.vs.ctrl1", adjust = "none"))
  shown <- as.data.frame(means)
  n <- as.numeric(table(data$arm))
  rbind(row("ancova", name, paste(arms[2], "vs", arms[1]), apart$estimate, apart$SE, apart$df, sum(n)),
        row("ancova", name, paste0(arms, ": adjusted mean"), shown$emmean, shown$SE, shown$df, n))
}

changes <- function(long, name, formula, arms) {
  long <- long[complete.cases(long), ]
  long$arm <- factor(long$arm, arms)
  long$visit <- factor(long$weeks)
  fit <- lmer(formula, long, control = lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10)))
  found <- summary(fit)$coefficients
  at <- levels(long$visit)[-1]
  shown <- found[paste0("arm", arms[2], ":visit", at), , drop = FALSE]
  suffix <- ifelse(at == levels(long$visit)[LICORICE_WEEK], "", paste0(" at week ", at))
  row("mixed", name, paste0(arms[2], " vs ", arms[1], suffix), shown[, 1], shown[, 2], shown[, 3], length(unique(long$id)))
}

# Stacked estimating equations with a numerical derivative, as in responders.R, for two arms.
standardised <- function(data, name, label, formula, arms) {
  data <- data[complete.cases(data[all.vars(formula)]), ]
  data$arm <- factor(data$arm, arms)
  fit <- glm(formula, binomial, data, control = glm.control(epsilon = 1e-14, maxit = 100))
  x <- model.matrix(fit); y <- fit$y; p <- ncol(x); n <- nrow(x)
  moved <- lapply(arms, function(a) { z <- x; z[, 2] <- as.numeric(a == arms[2]); z })
  equations <- function(theta) cbind(x * as.numeric(y - plogis(x %*% theta[1:p])),
    sapply(1:2, function(a) plogis(moved[[a]] %*% theta[1:p]) - theta[p + a]))
  theta <- c(coef(fit), sapply(moved, function(m) mean(plogis(m %*% coef(fit)))))
  bread <- sapply(seq_along(theta), function(k) {
    h <- replace(numeric(length(theta)), k, 1e-4 * max(abs(theta[k]), 1))
    mean_at <- function(t) colMeans(equations(t))
    (8 * (mean_at(theta + h) - mean_at(theta - h)) - (mean_at(theta + 2 * h) - mean_at(theta - 2 * h))) / (12 * sum(h))
  })
  u <- equations(theta)
  u[, 1:p] <- u[, 1:p] / (1 - hatvalues(fit))
  v <- (solve(bread) %*% crossprod(u) %*% t(solve(bread)) / n^2)[-(1:p), -(1:p)]
  risks <- theta[-(1:p)]
  row("responders", name, paste0(arms[2], " vs ", arms[1], ": ", label), risks[2] - risks[1],
      sqrt(v[1, 1] + v[2, 2] - 2 * v[1, 2]), Inf, n)
}

licorice <- read.csv(file.path(folder, "licorice-gargle", "licorice_gargle.csv"))
licorice$arm <- c("sugar water", "licorice")[licorice$treat + 1]
licorice$asa <- factor(licorice$preOp_asa)
times <- c("pacu30min_throatPain", "pacu90min_throatPain", "postOp4hour_throatPain", "pod1am_throatPain")
LICORICE_WEEK <- 3
kept <- licorice[rowSums(!is.na(licorice[times])) > 0, ]
people <- data.frame(id = seq_len(nrow(kept)), kept[c("arm", "preOp_age", "preOp_calcBMI", "asa")])
long <- do.call(rbind, lapply(1:4, function(k) cbind(people, weeks = c(0, 0.009, 0.024, 0.12)[k], y = kept[[times[k]]])))
arms <- c("sugar water", "licorice")
out <- rbind(
  adjusted(licorice, "licorice", postOp4hour_throatPain ~ arm + pacu30min_throatPain + preOp_age + preOp_calcBMI + asa, arms),
  changes(long, "licorice", y ~ arm * visit + preOp_age + preOp_calcBMI + asa + (1 | id), arms))

hips <- subset(read.csv(file.path(folder, "hip-stretching-as", "hips.csv")), side == "right")
hips$arm <- hips$grp
hips$better <- as.numeric(hips$raft - hips$rbef >= 5)
out <- rbind(out, adjusted(hips, "hips", raft ~ arm + rbef, c("control", "treat")),
             standardised(hips, "hips", "rise of 5 degrees", better ~ arm + rbef, c("control", "treat")))

nhefs <- read.csv(file.path(folder, "nhefs", "nhefs.csv"))
nhefs$arm <- c("kept smoking", "quit")[nhefs$qsmk + 1]
nhefs$lighter <- as.numeric(nhefs$wt71 - nhefs$wt82 >= 5)
for (name in c("sex", "education", "exercise")) nhefs[[name]] <- factor(nhefs[[name]])
arms <- c("kept smoking", "quit")
out <- rbind(out,
  adjusted(nhefs, "nhefs", wt82 ~ arm + wt71 + age + sex + education + exercise + smokeyrs, arms),
  standardised(nhefs, "nhefs", "fall of 5 kg", lighter ~ arm + wt71 + age + sex + education + exercise + smokeyrs, arms))
write.csv(out, file.path(here, "real_sets.csv"), row.names = FALSE)
