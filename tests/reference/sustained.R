# What more of an exposure, kept up, goes with: lm with a column a person and clubSandwich, and the g-formula by lm and predict.
# Rscript tests/reference/sustained.R writes sustained_data.csv and sustained.csv beside this file.
suppressMessages(library(clubSandwich))
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
set.seed(20261122)
weeks <- c(0, 8, 16, 24); people <- 60
rows <- do.call(rbind, lapply(seq_len(people), function(i) {
  level <- rnorm(1, -2, 4); sits <- rnorm(1, 7.5, 2); age <- round(runif(1, 20, 65)); arm <- c("usual care", "stretching")[1 + i %% 2]
  x <- pmin(pmax(sits + rnorm(4), 0), 16)
  y <- level - 0.6 * x - 0.3 * c(sits, head(x, -1)) + (arm == "stretching") * weeks / 8 + rnorm(4)
  one <- data.frame(participant_id = sprintf("P%02d", i), arm, age_years = age, weeks, sitting_hours = round(x, 1), hip_extension_deg = round(y, 2))
  one$hip_extension_deg[runif(4) < 0.06] <- NA; one$sitting_hours[runif(4) < 0.04] <- NA
  one
}))
write.csv(rows, file.path(here, "sustained_data.csv"), row.names = FALSE, na = "")
wide <- reshape(rows, idvar = c("participant_id", "arm", "age_years"), timevar = "weeks", v.names = c("sitting_hours", "hip_extension_deg"), direction = "wide")
names(wide) <- c("id", "arm", "age", "x0", "y0", "x1", "y1", "x2", "y2", "x3", "y3")
answers <- list()
say <- function(statistic, approach, week, estimate, std_error = NA, df = NA)
  answers[[length(answers) + 1]] <<- data.frame(statistic, approach, week, estimate, std_error, df)

# Within persons: two hours more a day in the interval before the visit, one interval earlier, and both.
long <- do.call(rbind, lapply(1:3, function(v) data.frame(id = wide$id, arm = wide$arm, visit = v, y = wide[[paste0("y", v)]],
  now = wide[[paste0("x", v)]] / 2, before = wide[[paste0("x", v - 1)]] / 2, later = if (v < 3) wide[[paste0("x", v + 1)]] / 2 else NA)))
two_or_more <- function(d) d[d$id %in% names(which(table(d$id) > 1)), ]
d <- two_or_more(long[complete.cases(long[, c("y", "now", "before")]), ])
# The sum of both is the coefficient of `now` once `before` is taken as what it has beyond `now`.
d$beyond <- d$before - d$now
fit <- lm(y ~ now + before + factor(id) + factor(visit):factor(arm), d)
both <- lm(y ~ now + beyond + factor(id) + factor(visit):factor(arm), d)
robust <- function(model, data, term) {
  drop <- !is.na(coef(model)); x <- model.matrix(model)[, drop]; again <- lm(data$y ~ 0 + x)
  names(again$coefficients) <- colnames(x)
  coef_test(again, vcovCR(again, data$id, "CR2"), test = "Satterthwaite")[which(colnames(x) == term), ]
}
for (term in c("now", "before")) { t <- robust(fit, d, term); say(term, "within persons", NA, t$beta, t$SE, t$df_Satt) }
t <- robust(both, d, "now"); say("sustained", "within persons", NA, t$beta, t$SE, t$df_Satt)
e <- two_or_more(long[complete.cases(long), ])
t <- robust(lm(y ~ later + now + before + factor(id) + factor(visit):factor(arm), e), e, "later")
say("later exposure", "within persons", NA, t$beta, t$SE, t$df_Satt)

# The g-formula: regressions from the last visit to the first, with 2 hours more at every visit less none more.
wide$treated <- wide$arm == "stretching"
known <- wide[complete.cases(wide[, c("y0", "x0")]), ]
mean_under <- function(visit, hours) {
  q <- known[[paste0("y", visit)]]
  for (v in visit:1) {
    f <- reformulate(c("age", "treated", "x0", paste0("y", 0:(v - 1)), paste0("x", 1:v)), "q")
    used <- known; used$q <- q
    model <- lm(f, used)
    planned <- known; for (w in 1:v) planned[[paste0("x", w)]] <- hours
    # People who have no score or exposure before the visit tell nothing of it.
    reach <- complete.cases(known[, c(paste0("y", 0:(v - 1)), if (v > 1) paste0("x", 1:(v - 1)))])
    q <- ifelse(reach, predict(model, planned), NA)
  }
  mean(q)
}
for (v in 3:1) say("sustained", "g-formula", weeks[v + 1], mean_under(v, 2) - mean_under(v, 0))
answers <- do.call(rbind, answers)
answers$versions <- paste(R.version.string, "clubSandwich", packageVersion("clubSandwich"))
numbers <- c("estimate", "std_error", "df")
answers[numbers] <- lapply(answers[numbers], function(x) ifelse(is.na(x), NA, trimws(formatC(x, digits = 14, format = "g"))))
write.csv(answers, file.path(here, "sustained.csv"), row.names = FALSE, na = "")
