# Rscript certify_peers.R CASE DATA.csv...: seconds of the processor for each file's fit, the data being read beforehand, one a line.
args <- commandArgs(TRUE)
suppressMessages({library(lme4); library(lmerTest)})
slope <- pain ~ weeks * arm + age + female + (1 + weeks | id)
level <- pain ~ visit * arm + age + female + (1 | id)
fits <- list(
  `slopes, lme4` = function(d) lme4::lmer(slope, d),
  `slopes, lmerTest and pbkrtest` = function(d) summary(lmerTest::lmer(slope, d), ddf = "Kenward-Roger"),
  `mixed, lme4` = function(d) lme4::lmer(level, d),
  `mixed, lmerTest` = function(d) summary(lmerTest::lmer(level, d))
)
for (file in args[-1]) {
  d <- read.csv(file)
  d$visit <- factor(d$weeks)
  cat(sum(system.time(suppressWarnings(suppressMessages(fits[[args[1]]](d))))[c("user.self", "sys.self")]), "\n")
}
