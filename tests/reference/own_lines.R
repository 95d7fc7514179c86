# Fifths of people by their usual exposure: mean outcome by t.test, slope within people by lm with a level for each person and visit, errors CR2 (Satterthwaite).
# Rscript tests/reference/own_lines.R writes own_lines_data.csv and own_lines.csv beside this file.
suppressMessages(library(clubSandwich))
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
set.seed(20261123)
people <- 50; visits <- 4
tilt <- rep(rnorm(people, 6, 3), each = visits) + rnorm(people * visits, 0, 2)
rows <- data.frame(participant_id = sprintf("P%02d", rep(1:people, each = visits)), weeks = rep(4 * (0:3), people), pelvic_tilt_deg = round(tilt, 1))
rows$lordosis_deg <- round(40 + 0.4 * rows$pelvic_tilt_deg + rep(rnorm(people, 0, 3), each = visits) + rnorm(people * visits), 1)
rows <- rows[-sample(nrow(rows), 24), ]
write.csv(rows, file.path(here, "own_lines_data.csv"), row.names = FALSE)
usual <- aggregate(cbind(pelvic_tilt_deg, lordosis_deg) ~ participant_id, rows, mean)
usual <- usual[order(usual$pelvic_tilt_deg), ]; usual$fifth <- rep(1:5, each = people / 5)
answers <- list()
for (k in 1:5) {
  mean_of <- t.test(usual$lordosis_deg[usual$fifth == k])
  part <- rows[rows$participant_id %in% usual$participant_id[usual$fifth == k], ]
  part <- part[ave(part$weeks, part$participant_id, FUN = length) > 1, ]
  fit <- lm(lordosis_deg ~ I(pelvic_tilt_deg / 5) + factor(weeks) + participant_id, part)
  found <- conf_int(fit, vcovCR(fit, cluster = part$participant_id, type = "CR2"), test = "Satterthwaite", coefs = "I(pelvic_tilt_deg/5)")
  answers[[k]] <- data.frame(fifth = k, usual = mean(usual$pelvic_tilt_deg[usual$fifth == k]), mean = mean_of$estimate, mean_low = mean_of$conf.int[1],
    mean_high = mean_of$conf.int[2], slope = found$beta, std_error = found$SE, df = found$df, conf_low = found$CI_L, conf_high = found$CI_U,
    people = length(unique(part$participant_id)))
}
answers <- do.call(rbind, answers); answers$versions <- paste(R.version.string, "clubSandwich", packageVersion("clubSandwich"))
write.csv(answers, file.path(here, "own_lines.csv"), row.names = FALSE)
