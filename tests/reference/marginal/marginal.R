# Rscript marginal.R FOLDER_OF_SHARED_DATA: marginal means, differences and joint tests (emmeans on lm, gls and lmer), natural
# splines, Holm's p-values and two one-sided tests, written to marginal.csv; the simulated trial to trial.csv.
# Quantities "coefficient" and "covariance" are the fit's own, so that contrasts can be checked apart from the fit.
suppressMessages({library(lme4); library(lmerTest); library(pbkrtest); library(nlme); library(emmeans); library(splines); library(numDeriv)})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
packages <- c("emmeans", "lme4", "lmerTest", "pbkrtest", "nlme", "splines")
versions <- paste(c(R.version.string, paste(packages, sapply(packages, function(p) as.character(packageVersion(p))))), collapse = "; ")
emm_options(msg.interaction = FALSE, msg.nesting = FALSE, pbkrtest.limit = 1e5, lmerTest.limit = 1e5)
centred <- function(x) mean(x) + c(-1, 1)

set.seed(20260412)
people <- 130
person <- data.frame(id = seq_len(people), arm = sample(rep(c("usual care", "stretching", "both, at home"), c(58, 42, 30))),
                     sex = ifelse(runif(people) < 0.64, "female", "male"), site = sample(c("A", "B", "C"), people, TRUE, c(0.6, 0.3, 0.1)),
                     age = round(rgamma(people, 9, 0.2), 1))
person$base <- round(pmin(10, pmax(0, 5.4 + 0.6 * (person$sex == "female") - 0.5 * (person$arm == "stretching") + rnorm(people, 0, 1.6))), 1)
trial <- merge(expand.grid(week = c(4, 8, 12), id = seq_len(people)), person)
trial <- trial[order(trial$id, trial$week), ]
trial$y <- round(1 + 0.6 * trial$base - 0.06 * trial$week - 0.5 * (trial$arm != "usual care") * trial$week / 12 +
  0.4 * (trial$site == "C") + 0.002 * (trial$age - 45)^2 - 0.3 * (trial$arm == "stretching" & trial$sex == "male") +
  rnorm(people, 0, 1)[trial$id] + rnorm(nrow(trial), 0, 0.9), 3)
trial <- trial[trial$week <= c(4, 8, 12)[pmin(3, 1 + rgeom(people, 0.18))][trial$id], ]
write.csv(trial, file.path(here, "trial.csv"), row.names = FALSE)
trial$arm <- factor(trial$arm, c("usual care", "stretching", "both, at home"))
trial$visit <- match(trial$week, c(4, 8, 12))
trial$week_number <- trial$week
trial$week <- factor(trial$week)
last <- subset(trial, week == "12")

row <- function(data, model, quantity, term, value) data.frame(data = data, model = model, quantity = quantity, term = term, value = as.numeric(value))
labelled <- function(grid, names) do.call(paste, c(lapply(names, function(n) paste(n, "=", grid[[n]])), sep = ", "))
estimated <- function(data, model, kind, terms, s) {
  s <- as.data.frame(s)
  se <- s$SE
  out <- rbind(row(data, model, paste(kind, "estimate"), terms, s[[attr(s, "estName") %||% intersect(c("emmean", "estimate"), names(s))[1]]]),
               row(data, model, paste(kind, "std_error"), terms, se))
  if (!all(is.infinite(s$df))) out <- rbind(out, row(data, model, paste(kind, "df"), terms, s$df))
  out
}
`%||%` <- function(a, b) if (is.null(a)) b else a
means <- function(data, model, kind, grid, names) estimated(data, model, kind, labelled(as.data.frame(grid), names), summary(grid))
against <- function(data, model, kind, grid, of, by) {
  s <- summary(contrast(grid, "trt.vs.ctrl1", simple = of, combine = FALSE, adjust = "none"))
  d <- as.data.frame(s)
  shown <- gsub("[()]", "", as.character(d$contrast))
  estimated(data, model, kind, if (length(by)) paste0(of, ": ", shown, ", ", labelled(d, by)) else paste0(of, ": ", shown), d)
}
# joint_tests rounds F, not p: F is had back from p.
joint <- function(data, model, tests) {
  t <- as.data.frame(tests)
  tested(data, model, t[["model term"]], qf(t$p.value, t$df1, t$df2, lower.tail = FALSE), t$df1, t$df2, t$p.value)
}
tested <- function(data, model, term, f, num, den, p)
  rbind(row(data, model, "joint F", term, f), row(data, model, "joint df_num", term, num),
        row(data, model, "joint df_den", term, den), row(data, model, "joint p_value", term, p))
# Type III tests of lmerTest; numbers that interact are centred in `fit`, so that factors are compared at their mean.
joint_mixed <- function(data, model, fit, df) {
  t <- anova(fit, type = 3, ddf = c("kenward-roger" = "Kenward-Roger", satterthwaite = "Satterthwaite")[[df]])
  tested(data, model, gsub("_centred", "", rownames(t)), t[["F value"]], t$NumDF, t$DenDF, t[["Pr(>F)"]])
}
fitted_numbers <- function(data, model, beta, V) {
  k <- length(beta)
  pairs <- which(lower.tri(V, diag = TRUE), arr.ind = TRUE)
  rbind(row(data, model, "coefficient", seq_len(k), beta), row(data, model, "covariance", paste(pairs[, 1], pairs[, 2]), as.matrix(V)[pairs]))
}
# lmer stops early: its own optimum is taken on by Newton steps.
polished <- function(formula, data) {
  parsed <- lFormula(formula, data)
  deviance <- do.call(mkLmerDevfun, c(parsed, list(start = NULL, verbose = 0L)))
  opt <- optimizeLmer(deviance, optimizer = "bobyqa", control = list(rhobeg = 0.1, rhoend = 1e-9, maxfun = 1e5))
  for (step in 1:6) {
    move <- opt$par - solve(hessian(deviance, opt$par), grad(deviance, opt$par))
    if (deviance(move) <= deviance(opt$par) + 1e-9) opt$par <- move
  }
  opt$fval <- deviance(opt$par)
  fit <- mkMerMod(environment(deviance), opt, parsed$reTrms, fr = parsed$fr)
  fit@call <- as.call(list(quote(lme4::lmer), formula = formula, data = substitute(data)))
  fit
}

additive <- lm(y ~ arm + base + sex + site, last)
crossed <- lm(y ~ arm * sex + site + base + ns(age, 3), last)
sloped <- lm(y ~ arm * base + site, last)
out <- NULL
for (m in c("additive", "crossed", "sloped")) {
  fit <- get(m)
  for (w in c("equal", "proportional")) {
    name <- c(equal = "equal", proportional = "observed")[[w]]
    g <- emmeans(fit, "arm", weights = w)
    out <- rbind(out, means("trial", m, paste("mean", name), g, "arm"), against("trial", m, paste("difference", name), g, "arm", NULL))
  }
  for (a in levels(last$arm)) {
    moved <- last
    moved$arm <- factor(a, levels(last$arm))
    L <- colMeans(model.matrix(delete.response(terms(fit)), moved, xlev = fit$xlevels))
    out <- rbind(out, row("trial", m, "mean sample estimate", paste("arm =", a), mean(predict(fit, moved))),
                 row("trial", m, "mean sample std_error", paste("arm =", a), sqrt(L %*% vcov(fit) %*% L)))
  }
}
g <- emmeans(crossed, c("arm", "sex"))
out <- rbind(out, means("trial", "crossed", "mean equal", g, c("arm", "sex")), against("trial", "crossed", "difference equal", g, "arm", "sex"),
             means("trial", "crossed", "mean observed", emmeans(crossed, c("arm", "sex"), weights = "proportional"), c("arm", "sex")),
             means("trial", "sloped", "mean equal", emmeans(sloped, c("arm", "base"), at = list(base = c(3, 8))), c("arm", "base")),
             means("trial", "crossed", "mean equal", emmeans(crossed, c("sex", "age"), at = list(age = c(30, 60))), c("sex", "age")),
             joint("trial", "additive", joint_tests(additive, cov.reduce = centred)), joint("trial", "sloped", joint_tests(sloped, cov.reduce = centred)))
without <- anova(update(crossed, . ~ . - ns(age, 3)), crossed)
out <- rbind(out, row("trial", "crossed", "joint F", "spline(age, 3)", without$F[2]), row("trial", "crossed", "joint p_value", "spline(age, 3)", without$`Pr(>F)`[2]))
categorical <- lm(y ~ arm * sex + site, last)
out <- rbind(out, joint("trial", "categorical", joint_tests(categorical)))

repeated <- gls(y ~ arm * week + base + sex, trial, correlation = corSymm(form = ~visit | id), weights = varIdent(form = ~1 | week),
                control = glsControl(opt = "optim", maxIter = 500, msMaxIter = 2000, msTol = 1e-15, tolerance = 1e-12))
g <- emmeans(repeated, c("arm", "week"), mode = "asymptotic", data = trial)
out <- rbind(out, fitted_numbers("trial", "gls", coef(repeated), vcov(repeated)), means("trial", "gls", "mean equal", g, c("arm", "week")),
             against("trial", "gls", "difference equal", g, "arm", "week"))
change <- as.data.frame(summary(contrast(g, interaction = c("trt.vs.ctrl1", "trt.vs.ctrl1"), adjust = "none")))
out <- rbind(out, estimated("trial", "gls", "difference of changes", paste0("arm: ", gsub("[()]", "", change$arm_trt.vs.ctrl1), ", week: ", sub("week", "", gsub("week", "", change$week_trt.vs.ctrl1))), change))

# Constrained baseline: the baseline is a visit (week 0) at which all arms share one mean, its columns of arm left out.
stacked <- rbind(data.frame(id = person$id, week = 0, arm = person$arm, y = person$base), data.frame(id = trial$id, week = trial$week_number, arm = trial$arm, y = trial$y))
stacked <- stacked[stacked$id %in% trial$id, ]
stacked <- stacked[order(stacked$id, stacked$week), ]
stacked$arm <- factor(stacked$arm, levels(trial$arm))
stacked$visit <- match(stacked$week, c(0, 4, 8, 12))
cells <- model.matrix(~ factor(week) + factor(week):arm, stacked)
X <- cells[, !grepl("^factor\\(week\\)0:", colnames(cells))]
shared_baseline <- gls(y ~ X - 1, stacked, correlation = corSymm(form = ~visit | id), weights = varIdent(form = ~1 | visit),
                       control = glsControl(opt = "optim", maxIter = 500, msMaxIter = 2000, msTol = 1e-15, tolerance = 1e-12))
b <- coef(shared_baseline)
out <- rbind(out, fitted_numbers("trial", "gls constrained", b, vcov(shared_baseline)))
for (a in levels(stacked$arm)) for (w in c(0, 4, 8, 12)) {
  L <- as.numeric(names(b) %in% c("X(Intercept)", paste0("Xfactor(week)", w), if (w > 0) paste0("Xfactor(week)", w, ":arm", a)))
  out <- rbind(out, row("trial", "gls constrained", "mean equal estimate", paste0("arm = ", a, ", week = ", w), sum(L * b)),
               row("trial", "gls constrained", "mean equal std_error", paste0("arm = ", a, ", week = ", w), sqrt(L %*% vcov(shared_baseline) %*% L)))
}

mixed_rows <- function(data, model, fit, frame, by, at, levels_of, centred_fit = fit) {
  both <- NULL
  for (df in c("kenward-roger", "satterthwaite")) {
    g <- emmeans(fit, by, at = at, lmer.df = df, data = frame)
    V <- if (df == "kenward-roger") vcovAdj(fit) else vcov(fit)
    name <- paste(model, df)
    both <- rbind(both, fitted_numbers(data, name, fixef(fit), V), means(data, name, "mean equal", g, by),
                  if (length(levels_of)) against(data, name, "difference equal", g, levels_of, setdiff(by, levels_of)))
    both <- rbind(both, joint_mixed(data, name, centred_fit, df))
  }
  both
}
visits <- polished(y ~ arm * week + base + sex + (1 | id), trial)
slopes <- polished(y ~ arm * week_number + base + site + (1 + week_number | id), trial)
trial$week_number_centred <- trial$week_number - mean(trial$week_number)
slopes_centred <- polished(y ~ arm * week_number_centred + base + site + (1 + week_number_centred | id), trial)
slopes_centred@call$data <- quote(trial)
visits@call$data <- slopes@call$data <- quote(trial)
out <- rbind(out, mixed_rows("trial", "lmer visits", as_lmerModLmerTest(visits), trial, c("arm", "week"), NULL, "arm"),
             mixed_rows("trial", "lmer slopes", as_lmerModLmerTest(slopes), trial, c("arm", "week_number"), list(week_number = c(4, 12)), "arm", as_lmerModLmerTest(slopes_centred)))

folder <- commandArgs(TRUE)[1]
growth <- read.csv(file.path(folder, "mixed-model-classics", "orthodont.csv"), stringsAsFactors = TRUE)
sleepstudy <- read.csv(file.path(folder, "mixed-model-classics", "sleepstudy.csv"))
grown <- polished(distance ~ Sex * age + (1 + age | Subject), growth)
grown@call$data <- quote(growth)
growth$age_centred <- growth$age - mean(growth$age)
grown_centred <- polished(distance ~ Sex * age_centred + (1 + age_centred | Subject), growth)
grown_centred@call$data <- quote(growth)
reaction <- polished(Reaction ~ Days + (1 + Days | Subject), sleepstudy)
reaction@call$data <- quote(sleepstudy)
out <- rbind(out, mixed_rows("orthodont", "lmer slopes", as_lmerModLmerTest(grown), growth, c("Sex", "age"), list(age = c(8, 14)), "Sex", as_lmerModLmerTest(grown_centred)),
             mixed_rows("sleepstudy", "lmer slopes", as_lmerModLmerTest(reaction), sleepstudy, "Days", list(Days = c(0, 4.5, 9)), NULL))

gargle <- read.csv(file.path(folder, "licorice-gargle", "licorice_gargle.csv"))
gargle$id <- seq_len(nrow(gargle))
scores <- c("pacu30min_throatPain", "pacu90min_throatPain", "postOp4hour_throatPain", "pod1am_throatPain")
throat <- do.call(rbind, lapply(seq_along(scores), function(k) data.frame(id = gargle$id, occasion = paste0("t", k),
  arm = ifelse(gargle$treat == 1, "licorice", "sugar water"), age = gargle$preOp_age, size = paste("size", gargle$intraOp_surgerySize), y = gargle[[scores[k]]])))
throat <- throat[!is.na(throat$y), ]
throat$arm <- factor(throat$arm, c("sugar water", "licorice"))
pained <- polished(y ~ arm * occasion + age + size + (1 | id), throat)
pained@call$data <- quote(throat)
out <- rbind(out, mixed_rows("licorice-gargle", "lmer visits", as_lmerModLmerTest(pained), throat, c("arm", "occasion"), NULL, "arm"))

points <- c(2, 20, 31.4, 40, 55.5, 70, 120)
for (k in 1:5) {
  basis <- predict(ns(last$age, k), points)
  for (j in seq_len(k)) out <- rbind(out, row("trial", paste("ns", k), "spline basis", paste(points, j), basis[, j]))
}
families <- list("0.01 0.04 0.03" = c(0.01, 0.04, 0.03), "0.2 0.001 0.001 0.9 0.049" = c(0.2, 0.001, 0.001, 0.9, 0.049), "0.7" = 0.7)
for (f in names(families)) out <- rbind(out, row("by hand", "holm", "adjusted p_value", paste(seq_along(families[[f]]), "of", f), p.adjust(families[[f]], "holm")))
for (margin in c(1, 2.5, 5)) {
  up <- t.test(extra ~ group, sleep, var.equal = TRUE, mu = -margin, alternative = "greater")
  down <- t.test(extra ~ group, sleep, var.equal = TRUE, mu = margin, alternative = "less")
  both <- t.test(extra ~ group, sleep, var.equal = TRUE, conf.level = 0.9)
  out <- rbind(out, row("sleep", "pooled", "t test", paste("margin", margin, c("estimate", "std_error", "df", "p_above", "p_below", "conf_low", "conf_high")),
                        c(-diff(both$estimate), both$stderr, both$parameter, up$p.value, down$p.value, both$conf.int)))
}
out$value <- trimws(formatC(out$value, digits = 15, format = "g"))
out$versions <- ""
out$versions[1] <- versions
write.csv(out, file.path(here, "marginal.csv"), row.names = FALSE)
