# Rscript lmm.R [folder of shared data]: mixed models at the polished optimum of lmer, written to lmm.csv; the data that
# have no home of their own are written beside it (trial.csv, sites.csv, singular.csv, quadratic.csv, dyestuff.csv).
suppressMessages({library(lme4); library(lmerTest); library(pbkrtest); library(clubSandwich); library(numDeriv)})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
packages <- c("lme4", "lmerTest", "pbkrtest", "clubSandwich")
versions <- paste(c(R.version.string, paste(packages, sapply(packages, function(p) as.character(packageVersion(p))))),
                  collapse = "; ")

# lmer stops early: its own optimum is taken on by Newton steps in the coordinates that are not at zero.
polished <- function(formula, data, REML = TRUE, weights = NULL) {
  call <- list(quote(lme4::lFormula), formula = formula, data = data, REML = REML)
  if (!is.null(weights)) call$weights <- weights
  parsed <- eval(as.call(call))
  deviance <- do.call(mkLmerDevfun, c(parsed, list(start = NULL, verbose = 0L)))
  opt <- optimizeLmer(deviance, optimizer = "bobyqa", control = list(rhobeg = 0.1, rhoend = 1e-9, maxfun = 1e5))
  theta <- opt$par
  free <- !(theta < 1e-4 & parsed$reTrms$lower == 0)
  theta[!free] <- 0
  on_free <- function(x) { full <- theta; full[free] <- x; deviance(full) }
  if (any(free)) for (step in 1:6) {
    x <- theta[free]
    move <- solve(hessian(on_free, x), grad(on_free, x))
    if (on_free(x - move) <= on_free(x) + 1e-9) theta[free] <- x - move
  }
  opt$par <- theta
  opt$fval <- deviance(theta)
  fit <- mkMerMod(environment(deviance), opt, parsed$reTrms, fr = parsed$fr)
  call[[1]] <- quote(lme4::lmer)
  fit@call <- as.call(call)
  fit
}

described <- function(name, formula, data, REML = TRUE, weights = NULL, kr = REML, joint = NULL, robust = NULL) {
  fit <- polished(formula, data, REML, weights)
  row <- function(quantity, term, value) data.frame(data = name, quantity = quantity, term = term, value = as.numeric(value))
  terms <- names(fixef(fit))
  out <- rbind(row("objective", "", -2 * as.numeric(logLik(fit))),
               row("estimate", terms, fixef(fit)),
               row("std_error", terms, sqrt(diag(as.matrix(vcov(fit))))),
               row("variance_residual", "", sigma(fit)^2))
  for (g in names(VarCorr(fit))) {
    v <- VarCorr(fit)[[g]]
    for (i in seq_len(nrow(v))) for (j in i:ncol(v))
      out <- rbind(out, row(if (g == "site") "variance_site" else "random_covariance", paste(i, j), v[i, j]))
  }
  out <- rbind(out, row("aic_bic", c("AIC", "BIC"), c(AIC(fit), BIC(fit))))
  for (g in names(ranef(fit))) {
    effects <- as.matrix(ranef(fit)[[g]])
    out <- rbind(out, row(if (g == "site") "site_effect" else "random_effect", rep(rownames(effects), ncol(effects)), effects))
  }
  tested <- as_lmerModLmerTest(fit)
  out <- rbind(out, row("satterthwaite_df", terms, coef(summary(tested))[, "df"]))
  if (kr) {
    adjusted <- vcovAdj(fit)
    out <- rbind(out, row("kenward_roger_se", terms, sqrt(diag(as.matrix(adjusted)))),
                 row("kenward_roger_df", terms, sapply(seq_along(terms), function(k)
                   Lb_ddf(as.numeric(seq_along(terms) == k), vcov(fit), adjusted))))
  }
  if (!is.null(joint)) {
    L <- diag(length(terms))[joint, , drop = FALSE]
    found <- contestMD(tested, L)
    out <- rbind(out, row("satterthwaite_joint", c("F", "df"), c(found[["F value"]], found$DenDF)))
    if (kr) {
      k <- KRmodcomp(fit, L)$stats
      out <- rbind(out, row("kenward_roger_joint", c("F", "df"), c(k$Fstat, k$ddf)))
    }
  }
  if (!is.null(robust)) for (type in c("CR0", "CR2", "CR3")) {
    test <- coef_test(fit, vcov = vcovCR(fit, cluster = data[[robust]], type = type), test = "Satterthwaite")
    out <- rbind(out, row(paste0(type, "_se"), terms, test$SE))
    if (type != "CR0") out <- rbind(out, row(paste0(type, "_df"), terms, test$df))
  }
  cat(name, format(Sys.time()), "\n")
  out
}

written <- function(data, file) {
  numbers <- sapply(data, is.numeric)
  data[numbers] <- lapply(data[numbers], function(x) trimws(formatC(x, digits = 15, format = "g")))
  write.csv(data, file.path(here, file), row.names = FALSE)
}

set.seed(20260101)
people <- 40
trial <- expand.grid(week = c(0, 2, 4, 8, 12), id = seq_len(people))
trial$arm <- as.numeric(trial$id %% 2 == 0)
trial$base <- round(rnorm(people, 6, 1.5), 2)[trial$id]
effects <- cbind(rnorm(people, 0, 1), rnorm(people, 0, 0.09))
trial$y <- round(1 + 0.7 * trial$base - 0.1 * trial$week - 0.08 * trial$arm * trial$week + effects[trial$id, 1] +
                   effects[trial$id, 2] * trial$week + rnorm(nrow(trial), 0, 0.9), 4)
# The worse leave earlier, more so in one arm; two people swap visits for unplanned ones.
leaves <- pmax(1, round(6 - rexp(people, 0.5) - 0.6 * (seq_len(people) %% 2 == 0)))
trial <- trial[match(trial$week, c(0, 2, 4, 8, 12)) <= leaves[trial$id], ]
trial$week[trial$id %in% c(3, 8) & trial$week == 4] <- 5.5
trial$weight <- 1 + (trial$id %% 3) / 2
written(trial, "trial.csv")

people <- 72
sites <- expand.grid(week = c(0, 4, 8, 12), id = seq_len(people))
sites$site <- pmin(9, 1 + floor(sqrt(sites$id)))
sites$arm <- as.numeric((sites$id + sites$site) %% 3 == 0)
sites$x <- round(rnorm(nrow(sites)), 3)
sites$y <- round(5 - 0.12 * sites$week - 0.1 * sites$arm * sites$week + 0.3 * sites$x + rnorm(9, 0, 0.8)[sites$site] +
                   rnorm(people, 0, 1)[sites$id] + rnorm(people, 0, 0.1)[sites$id] * sites$week + rnorm(nrow(sites)), 4)
sites <- sites[runif(nrow(sites)) > 0.2, ]
written(sites, "sites.csv")

# A slope that does not vary between people: the covariance of the random effects is singular.
singular <- expand.grid(week = 0:5, id = 1:25)
singular$y <- round(4 + 0.2 * singular$week + rnorm(25)[singular$id] + rnorm(150), 4)
singular$y <- singular$y - 0.9 * ave(singular$y * (singular$week - 2.5), singular$id, FUN = sum) / 17.5 * (singular$week - 2.5)
singular$y <- round(singular$y, 4)
written(singular, "singular.csv")

quadratic <- data.frame(id = rep(1:30, each = 8), week = round(runif(240, 0, 10), 3))
effects <- cbind(rnorm(30, 0, 1.2), rnorm(30, 0, 0.3), rnorm(30, 0, 0.04))
quadratic$y <- round(3 + 0.2 * quadratic$week + effects[quadratic$id, 1] + effects[quadratic$id, 2] * quadratic$week +
                       effects[quadratic$id, 3] * quadratic$week^2 + rnorm(240, 0, 0.8), 4)
written(quadratic, "quadratic.csv")
dyes <- rbind(cbind(Dyestuff, set = "Dyestuff"), cbind(Dyestuff2, set = "Dyestuff2"))
written(dyes, "dyestuff.csv")

out <- rbind(
  described("dyestuff", Yield ~ 1 + (1 | Batch), Dyestuff, robust = "Batch"),
  described("dyestuff2", Yield ~ 1 + (1 | Batch), Dyestuff2),
  described("dyestuff_ml", Yield ~ 1 + (1 | Batch), Dyestuff, REML = FALSE),
  described("trial", y ~ base + arm * week + (1 + week | id), trial, joint = c(3, 5), robust = "id"),
  described("trial_ml", y ~ base + arm * week + (1 + week | id), trial, REML = FALSE),
  described("trial_intercept", y ~ base + arm * week + (1 | id), trial, joint = c(3, 5), robust = "id"),
  described("trial_visits", y ~ base + arm * factor(week) + (1 | id), subset(trial, week != 5.5), joint = 8:11),
  described("trial_weighted", y ~ base + arm * week + (1 + week | id), trial, weights = trial$weight, kr = FALSE),
  described("sites", y ~ x + arm * week + (1 + week | id) + (1 | site), sites, joint = c(3, 5)),
  described("sites_intercept", y ~ x + arm * week + (1 | id) + (1 | site), sites, joint = c(2, 5), robust = "site"),
  described("singular", y ~ week + (1 + week | id), singular, robust = "id"),
  described("quadratic", y ~ week + I(week^2) + (1 + week + I(week^2) | id), quadratic, joint = 2:3))

ratio <- function(name, smaller, larger) {
  found <- anova(smaller, larger, refit = FALSE)
  data.frame(data = name, quantity = "likelihood_ratio", term = c("statistic", "df", "p"),
             value = c(found$Chisq[2], found$Df[2], found[["Pr(>Chisq)"]][2]))
}
out <- rbind(out,
  ratio("trial_slopes", polished(y ~ base + arm * week + (1 | id), trial), polished(y ~ base + arm * week + (1 + week | id), trial)),
  ratio("trial_arm", polished(y ~ base + week + (1 + week | id), trial, FALSE), polished(y ~ base + arm * week + (1 + week | id), trial, FALSE)))

folder <- commandArgs(TRUE)
if (length(folder)) {
  sleep <- read.csv(file.path(folder, "mixed-model-classics", "sleepstudy.csv"))
  growth <- read.csv(file.path(folder, "mixed-model-classics", "orthodont.csv"))
  growth$female <- as.numeric(growth$Sex == "Female")
  prt <- read.csv(file.path(folder, "prt-back-pain", "outcomes_baseline_posttreatment.csv"))
  prt <- subset(prt, is_patient == 1 & !is.na(group) & !is.na(pain_avg))
  prt$placebo <- as.numeric(prt$group == 2)
  prt$usual <- as.numeric(prt$group == 3)
  prt$after <- prt$time - 1
  s <- read.csv(file.path(folder, "sciatica-trial", "sciatica_long.csv"))
  s <- subset(s, !is.na(vas_back))
  s$male <- as.numeric(s$sex == "male")
  s$logweek <- log1p(s$planned_week)
  out <- rbind(out,
    described("sleepstudy", Reaction ~ Days + (1 + Days | Subject), sleep, robust = "Subject"),
    described("sleepstudy_ml", Reaction ~ Days + (1 + Days | Subject), sleep, REML = FALSE),
    described("sleepstudy_intercept", Reaction ~ Days + (1 | Subject), sleep, robust = "Subject"),
    described("orthodont", distance ~ I(age - 11) * female + (1 + I(age - 11) | Subject), growth, joint = 3:4, robust = "Subject"),
    described("prt", pain_avg ~ (placebo + usual) * after + age + gender + (1 | id), prt, joint = 7:8, robust = "id"),
    described("sciatica", vas_back ~ logweek + age + male + (1 + logweek | id), s, joint = 3:4),
    described("sciatica_actual", vas_leg ~ log1p(actual_week) + age + male + (1 + log1p(actual_week) | id), s),
    described("sciatica_intercept", vas_back ~ logweek + age + male + (1 | id), s, robust = "id"))
}
out$versions <- ""
out$versions[1] <- versions
written(out, "lmm.csv")
