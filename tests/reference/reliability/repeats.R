# The error of one reading from people read up to four times, some readings missing, for tests/estimators/reliability.
# Run in this folder: Rscript repeats.R
# lm() on persons and occasions gives the residual SD; qchisq() its exact interval. It draws repeats_data.csv (people by occasions).
options(digits = 15)
set.seed(20261123)
people <- 30
readings <- round(rnorm(people, 40, 4) + matrix(rnorm(people * 4, 0, 0.7), people) + rep(c(0, -0.5, -1, -1.2), each = people), 1)
readings[sample(length(readings), 22)] <- NA
write.csv(readings, "repeats_data.csv", row.names = FALSE)
long <- data.frame(value = c(readings), person = factor(rep(1:people, 4)), occasion = factor(rep(1:4, each = people)))
long <- long[!is.na(long$value), ]
long <- long[ave(long$value, long$person, FUN = length) > 1, ]
fit <- lm(value ~ person + occasion, long)
df <- df.residual(fit); variance <- sum(resid(fit)^2) / df
ends <- sqrt(df * variance / qchisq(c(0.975, 0.025), df))
write.csv(data.frame(estimate = sqrt(variance), df = df, conf_low = ends[1], conf_high = ends[2], made_with = paste0("R ", getRversion())),
          "repeats.csv", row.names = FALSE)
