# Rscript peers.R PEER DATA.csv REPEATS: seconds of the processor for each fit, the data being read beforehand, one a line.
args <- commandArgs(TRUE)
d <- read.csv(args[2])
suppressMessages({library(lme4); library(nlme)})
slope <- pain ~ week * arm + age + female + baseline + (1 + week | id)
quick <- lmerControl(calc.derivs = FALSE)
fits <- list(
  lme4 = function() lme4::lmer(slope, d, control = quick),
  `lmerTest and pbkrtest` = function() summary(lmerTest::lmer(slope, d), ddf = "Kenward-Roger"),
  `nlme gls` = function() {
    d$visit <- factor(d$week)
    nlme::gls(pain ~ baseline + arm * visit, d, correlation = nlme::corSymm(form = ~ as.integer(visit) | id),
              weights = nlme::varIdent(form = ~ 1 | visit), method = "REML")
  }
)
for (i in seq_len(as.integer(args[3]))) cat(sum(system.time(fits[[args[1]]]())[c("user.self", "sys.self")]), "\n")
