# Rscript ancova_clusters.R: pain at week 12 on arm, baseline and age of ancova_clusters_data.csv (a row a person, whole clinics to an arm), by lm with
# clubSandwich's CR2 and Satterthwaite's degrees of freedom. Writes ancova_clusters.csv.
suppressMessages(library(clubSandwich))
d <- read.csv("ancova_clusters_data.csv")
d$arm <- factor(d$arm, levels = c("usual care", "stretching"))
d$baseline <- d$baseline - mean(d$baseline)
d$age <- d$age - mean(d$age)
f <- lm(pain ~ arm + baseline + age, d)
V <- vcovCR(f, cluster = d$clinic, type = "CR2")
rows <- list("stretching vs usual care" = c(0, 1, 0, 0), "usual care: adjusted mean" = c(1, 0, 0, 0), "stretching: adjusted mean" = c(1, 1, 0, 0))
out <- do.call(rbind, lapply(names(rows), function(name) {
  t <- linear_contrast(f, vcov = V, contrasts = matrix(rows[[name]], 1), level = 0.95, test = "Satterthwaite")
  data.frame(term = name, estimate = t$Est, std_error = t$SE, df = t$df, conf_low = t$CI_L, conf_high = t$CI_U)
}))
write.csv(format(out, digits = 12), "ancova_clusters.csv", row.names = FALSE, quote = 1)
