# Rscript both_sides.R FOLDER: lmer's answer for the hips of FOLDER/hips.csv (data/hip-stretching-as); writes both_sides.csv.
suppressMessages({library(lme4); library(lmerTest)})
d <- read.csv(file.path(commandArgs(TRUE)[1], "hips.csv"))
made_by <- paste0("R ", getRversion(), ", lme4 ", packageVersion("lme4"), ", lmerTest ", packageVersion("lmerTest"),
                  ", pbkrtest ", packageVersion("pbkrtest"))
control <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10))
out <- data.frame()
for (what in c("flexion", "rotation")) {
  letter <- substr(what, 1, 1)
  d$before <- d[[paste0(letter, "bef")]]; d$after <- d[[paste0(letter, "aft")]]
  f <- lmer(after ~ before + grp + (1 | person), d, control = control)
  k <- coef(summary(f, ddf = "Kenward-Roger"))["grptreat", ]
  out <- rbind(out, data.frame(outcome = what, estimate = k[["Estimate"]], std_error = k[["Std. Error"]], df = k[["df"]],
                               lmer_std_error = coef(summary(f, ddf = "lme4"))["grptreat", "Std. Error"], made_by = made_by))
}
write.csv(format(out, digits = 12), "both_sides.csv", row.names = FALSE)
