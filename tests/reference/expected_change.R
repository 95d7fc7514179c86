# The fall by week 12 and the correlation of two scores after baseline in the arm "strength", by t.test and lme4.
# Rscript expected_change.R > expected_change.csv   (run in this folder)
suppressMessages(library(lme4))
rows <- read.csv("effects_trial.csv", stringsAsFactors = FALSE)
rows <- rows[rows$arm == "strength", ]
before <- rows[rows$weeks == 0 & !is.na(rows$pain_nrs), ]
after <- rows[rows$weeks == 12 & !is.na(rows$pain_nrs), ]
both <- intersect(before$participant_id, after$participant_id)
found <- t.test(before$pain_nrs[match(both, before$participant_id)], after$pain_nrs[match(both, after$participant_id)], paired = TRUE)
fit <- lmer(pain_nrs ~ factor(weeks) + (1 | participant_id), data = rows[rows$weeks > 0, ],
            control = lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12)))
parts <- as.data.frame(VarCorr(fit))$vcov
r <- parts[1] / sum(parts)
joined <- mean(before$pain_nrs[match(both, before$participant_id)])
write.csv(data.frame(fall = unname(found$estimate), conf_low = found$conf.int[1], conf_high = found$conf.int[2],
                     correlation = r, largest = (1 - r) * joined,
                     versions = paste("R", getRversion(), "lme4", packageVersion("lme4"))), row.names = FALSE)
