# The effect in those who keep to it: two stages by lm, errors by sandwich (HC3), and Fieller's interval by looking for its ends.
# Rscript tests/reference/complier.R writes complier_data.csv and complier.csv beside this file.
suppressMessages(library(sandwich))
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
set.seed(20261122)
n <- 90; z <- rep(0:1, n / 2); age <- round(runif(n, 20, 65)); keen <- rnorm(n); base <- round(6 + rnorm(n), 1)
done <- ifelse(z == 1, round(plogis(0.3 + keen + 0.5 * rnorm(n)), 3), 0)
pain <- round(pmin(pmax(0.6 * base - 0.5 * keen - 1.5 * done + rnorm(n), 0), 10), 1)
rows <- data.frame(participant_id = sprintf("P%02d", 1:n), arm = c("usual care", "video")[1 + z], age_years = age, base, pain, done)
write.csv(rows, file.path(here, "complier_data.csv"), row.names = FALSE)
answers <- list()
say <- function(statistic, estimate, std_error, df, low, high) answers[[length(answers) + 1]] <<- data.frame(statistic, estimate, std_error, df, conf_low = low, conf_high = high)
plain <- function(statistic, model) {
  b <- coef(model)["z"]; s <- sqrt(vcovHC(model, "HC3")["z", "z"]); q <- qt(0.975, df.residual(model))
  say(statistic, b, s, df.residual(model), b - q * s, b + q * s)
}
ratio <- function(statistic, d) {
  first <- lm(d ~ z + base + age); taken <- fitted(first)
  b <- coef(lm(pain ~ taken + base + age))["taken"]
  # t of the offer in what is left of the outcome if a unit taken did `at`.
  left <- function(at) { m <- lm(I(pain - at * d) ~ z + base + age); c(coef(m)["z"], sqrt(vcovHC(m, "HC3")["z", "z"])) }
  q <- qt(0.975, n - 4); miss <- function(at) { l <- left(at); l[1]^2 - q^2 * l[2]^2 }
  ends <- c(uniroot(miss, c(b - 20, b), tol = 1e-12)$root, uniroot(miss, c(b, b + 20), tol = 1e-12)$root)
  say(statistic, b, left(b)[2] / coef(first)["z"], n - 4, ends[1], ends[2])
}
kept <- as.numeric(done >= 0.5)
ratio("in those who keep to it", kept)
plain("as assigned", lm(pain ~ z + base + age))
plain("more keep to it", lm(kept ~ z + base + age))
ratio("whole programme", done)
plain("by who kept to it", lm(pain ~ z + base + age, subset = z == 0 | kept == 1))
answers <- do.call(rbind, answers)
answers$versions <- paste(R.version.string, "sandwich", packageVersion("sandwich"))
numbers <- c("estimate", "std_error", "df", "conf_low", "conf_high")
answers[numbers] <- lapply(answers[numbers], function(x) trimws(formatC(x, digits = 14, format = "g")))
write.csv(answers, file.path(here, "complier.csv"), row.names = FALSE)
