# Rscript repeated.R: repeated measures with nlme's gls on effects_trial.csv, written to repeated.csv.
suppressMessages(library(nlme))
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
versions <- paste0(R.version.string, "; nlme ", packageVersion("nlme"))
control <- glsControl(maxIter = 500, msMaxIter = 2000, tolerance = 1e-13, msTol = 1e-14, msVerbose = FALSE, opt = "optim",
                      optimMethod = "BFGS")
d <- read.csv(file.path(here, "effects_trial.csv"))
d <- d[!is.na(d$pain_nrs), ]
arms <- c("usual care", "stretching, hip", "strength")
d$visit <- match(d$weeks, c(0, 6, 12))
d$week <- factor(d$weeks)
d$arm <- factor(d$arm, arms)

fitted <- function(data, formula) {
  data$visit <- data$visit - min(data$visit) + 1
  gls(formula, data, corSymm(form = ~ visit | participant_id), varIdent(form = ~ 1 | visit), method = "REML", control = control)
}
rows <- function(fit, analysis, weight) {
  do.call(rbind, lapply(c(12, 6), function(w) do.call(rbind, lapply(arms[-1], function(arm) {
    weights <- weight(names(coef(fit)), arm, w)
    data.frame(analysis = analysis, term = paste0(arm, " vs ", arms[1], if (w == 12) "" else paste(" at week", w)),
               estimate = sum(weights * coef(fit)), std_error = sqrt(sum(weights * (vcov(fit) %*% weights))))
  }))))
}

baseline <- d[d$weeks == 0, c("participant_id", "pain_nrs")]
names(baseline)[2] <- "baseline"
after <- merge(d[d$weeks > 0, ], baseline)
after <- after[order(after$participant_id, after$weeks), ]
after$week <- droplevels(after$week)
after$cell <- factor(paste(after$arm, after$weeks), unlist(lapply(arms, function(a) paste(a, c(6, 12)))))
mmrm <- fitted(after, pain_nrs ~ 0 + cell + baseline:week + age_years + sex + job_class)

d$cell <- factor(ifelse(d$weeks == 0, "baseline", paste(d$arm, d$weeks)),
                 c(unlist(lapply(arms, function(a) paste(a, c(6, 12)))), "baseline"))
d <- d[order(d$participant_id, d$weeks), ]
clda <- fitted(d, pain_nrs ~ 0 + cell + age_years + sex + job_class)

at <- function(names, arm, w) (names == paste0("cell", arm, " ", w)) - (names == paste0("cell", arms[1], " ", w))
out <- rbind(rows(mmrm, "mmrm", at), rows(clda, "clda", at))
for (column in c("estimate", "std_error")) out[[column]] <- trimws(formatC(out[[column]], digits = 15, format = "g"))
write.csv(cbind(out, versions = versions), file.path(here, "repeated.csv"), row.names = FALSE)
