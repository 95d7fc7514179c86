# What a rule would be worth, for tests/analyses/test_rule_value_against_r.py.
# Rscript rule_value.R (in this folder) draws rule_value_data.csv (evenings with what was done, mornings with the pain after it; some missing) and writes rule_value.csv.
# glm and lm in the people of the other parts, then means with clubSandwich's CR2 and Satterthwaite's degrees of freedom. Which person is in which of
# the five parts is chance; so that the same people are taken, the parts are those that numpy's default_rng(20261122) deals to 40 people.
suppressMessages(library(clubSandwich))
part <- c(0, 3, 0, 0, 1, 0, 1, 4, 0, 3, 1, 2, 1, 2, 1, 4, 2, 2, 2, 4, 0, 1, 3, 4, 3, 3, 3, 4, 3, 2, 3, 0, 0, 1, 4, 4, 2, 2, 1, 4)
set.seed(20261122)
people <- 40; nights <- 24
d <- do.call(rbind, lapply(1:people, function(i) {
  level <- rnorm(1, 5, 0.7); pre <- level + rnorm(nights); react <- pmin(pmax(round(rnorm(nights, 6, 1.6)), 3), 9)
  first <- rbinom(nights, 1, plogis(0.8 * (pre - 5) - 0.3))
  after <- level + 0.5 * (pre - level) - 0.9 * first * (react >= 7) + 0.7 * rnorm(nights)
  ten <- function(x) round(pmin(pmax(x, 0), 10), 1)
  evening <- data.frame(person = i, days = 1:nights - 0.5, pre = ten(pre), first, react, pain = ten(pre + 0.3 * rnorm(nights)))
  morning <- data.frame(person = i, days = 1:nights, pre = NA, first = NA, react = NA, pain = ten(after))
  both <- rbind(evening, morning)
  both[runif(2 * nights) > 0.08, ]
}))
d <- d[order(d$person, d$days), ]
write.csv(d, "rule_value_data.csv", row.names = FALSE)
key <- paste(d$person, d$days)
m <- d[!is.na(d$first), ]
m$after <- d$pain[match(paste(m$person, m$days + 0.5), key)]
m <- m[!is.na(m$after) & !is.na(m$pre), ]
total <- tapply(d$pain, d$person, sum); count <- tapply(d$pain, d$person, length)
m$usual <- (total[as.character(m$person)] - m$after) / (count[as.character(m$person)] - 1)
m$fold <- part[m$person]
m$about <- m$pre - mean(m$pre)
m$s <- m$react - mean(m$react)
m$chance <- m$without <- m$with <- NA
for (k in 0:4) {
  rest <- m[m$fold != k, ]; here <- m$fold == k
  g <- glm(first ~ about + I(about^2) + days + usual + react, binomial, rest, control = list(epsilon = 1e-14, maxit = 100))
  o <- lm(after ~ about + I(about^2) + days + usual + s + I(s^2) + first * (s + I(s^2)), rest)
  m$chance[here] <- predict(g, m[here, ], type = "response")
  m$without[here] <- predict(o, transform(m[here, ], first = 0))
  m$with[here] <- predict(o, transform(m[here, ], first = 1))
}
residual <- m$after - ifelse(m$first == 1, m$with, m$without)
m$without <- m$without + ifelse(m$first == 0, residual / (1 - m$chance), 0)
m$with <- m$with + ifelse(m$first == 1, residual / m$chance, 0)
m$kept <- m$chance > 0.05 & m$chance < 0.95
at <- sort(unique(m$react[m$kept]))
at <- at[sapply(at, function(k) { s <- mean(m$react[m$kept] >= k); s >= 0.05 && s <= 0.95 })]
choosing <- m$kept & m$fold < 2
gains <- sapply(at, function(k) sum((m$without - m$with)[choosing & m$react >= k]))
best <- at[which.max(gains)]
out <- data.frame()
put <- function(rule, statistic, v, rows) {
  if (!any(rows)) return(invisible())
  one <- data.frame(v = v[rows], person = m$person[rows]); f <- lm(v ~ 1, one)
  t <- coef_test(f, vcovCR(f, one$person, "CR2"), test = "Satterthwaite")
  q <- function(level) qt(1 - level / 2, t$df_Satt) * t$SE
  out <<- rbind(out, data.frame(rule, statistic, estimate = t$beta, std_error = t$SE, df = t$df_Satt, conf_low = t$beta - q(0.05), conf_high = t$beta + q(0.05),
    band_low = t$beta - q(0.05 / length(at)), band_high = t$beta + q(0.05 / length(at)), n_participants = length(unique(one$person)), rows = sum(rows)))
}
rules <- c(list(best = m$react >= best), setNames(lapply(at, function(k) m$react >= k), at), list(always = rep(TRUE, nrow(m)), never = rep(FALSE, nrow(m))))
for (rule in names(rules)) {
  bids <- rules[[rule]]; by <- ifelse(bids, m$with, m$without)
  kept <- if (rule == "best") m$kept & m$fold >= 2 else m$kept
  if (rule != "always") put(rule, "effect where it bids", m$with - m$without, kept & bids)
  if (rule != "never") put(rule, "difference from never", by - m$without, kept)
  if (!rule %in% c("always", "never")) put(rule, "difference from always", by - m$with, kept)
  put(rule, "value", by, kept)
}
out$chosen <- best
out$made_by <- paste0("R ", getRversion(), ", clubSandwich ", packageVersion("clubSandwich"))
write.csv(format(out, digits = 12, trim = TRUE), "rule_value.csv", row.names = FALSE)
