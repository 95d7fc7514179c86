# Two components in four arms: the means of gls over two visits, and of lm at one visit with emmeans, and their contrasts.
# Rscript tests/reference/factorial.R writes factorial_data.csv and factorial.csv beside this file.
suppressMessages({library(nlme); library(emmeans)})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
set.seed(20261125)
arms <- c("usual care", "stretching", "strengthening", "both")
n <- 88
people <- data.frame(participant_id = sprintf("P%03d", 1:n), arm = rep_len(arms, n), age_years = round(rnorm(n, 45, 10)))
usual <- rnorm(n, 5.5, 1.2)
fall <- c(0.3, 0.8, 1.2, 2.4)[match(people$arm, arms)]
d <- do.call(rbind, lapply(c(0, 6, 12), function(w) {
  y <- usual - fall * w / 12 + 0.02 * (people$age_years - 45) + rnorm(n, 0, 0.9)
  data.frame(people, weeks = w, pain_nrs = round(pmin(pmax(y, 0), 10), 1))
}))
d <- d[!(d$weeks > 0 & runif(nrow(d)) < 0.1), ]
d <- d[order(d$participant_id, d$weeks), ]
write.csv(d, file.path(here, "factorial_data.csv"), row.names = FALSE)

baseline <- d[d$weeks == 0, c("participant_id", "pain_nrs")]; names(baseline)[2] <- "baseline"
after <- merge(d[d$weeks > 0, ], baseline)
after <- after[order(after$participant_id, after$weeks), ]
after$week <- factor(after$weeks); after$visit <- match(after$weeks, c(6, 12))
after$cell <- factor(paste(after$arm, after$weeks), unlist(lapply(arms, paste, c(6, 12))))
weights <- list("component, one" = c(-1, 1, -1, 1) / 2, "component, other" = c(-1, -1, 1, 1) / 2, interaction = c(1, -1, -1, 1),
  "alone, one" = c(-1, 1, 0, 0), "beside the other, one" = c(0, 0, -1, 1), "alone, other" = c(-1, 0, 1, 0), "beside the other, other" = c(0, -1, 0, 1))
control <- glsControl(maxIter = 500, msMaxIter = 2000, tolerance = 1e-13, msTol = 1e-14, opt = "optim", optimMethod = "BFGS")
fit <- gls(pain_nrs ~ 0 + cell + baseline:week + age_years, after, corSymm(form = ~ visit | participant_id), varIdent(form = ~ 1 | visit), method = "REML", control = control)
at <- match(paste0("cell", arms, " 12"), names(coef(fit)))
both <- do.call(rbind, lapply(names(weights), function(name) {
  w <- rep(0, length(coef(fit))); w[at] <- weights[[name]]
  data.frame(model = "gls", statistic = name, estimate = sum(w * coef(fit)), std_error = sqrt(sum(w * (vcov(fit) %*% w))), df = NA, conf_low = NA, conf_high = NA, p_value = NA)
}))
last <- after[after$weeks == 12, ]; last$arm <- factor(last$arm, arms)
means <- emmeans(lm(pain_nrs ~ arm + baseline + age_years, last), "arm")
one <- summary(contrast(means, weights), infer = TRUE)
one <- data.frame(model = "lm", statistic = one$contrast, estimate = one$estimate, std_error = one$SE, df = one$df, conf_low = one$lower.CL, conf_high = one$upper.CL, p_value = one$p.value)
out <- rbind(both, one)
for (column in names(out)[-(1:2)]) out[[column]] <- trimws(formatC(out[[column]], digits = 15, format = "g"))
versions <- paste(R.version.string, "nlme", packageVersion("nlme"), "emmeans", packageVersion("emmeans"))
write.csv(cbind(out, versions), file.path(here, "factorial.csv"), row.names = FALSE)
