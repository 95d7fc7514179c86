# Two differences between two arms at once: lm of both on the same columns, errors by clubSandwich (CR2, each person a cluster), ellipse and cloud.
# Rscript tests/reference/efficiency.R writes efficiency_data.csv and efficiency.csv beside this file.
suppressMessages({library(clubSandwich); library(mvtnorm)})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
set.seed(20261126)
n <- 70; arm <- rep(c("back-only care", "hips and back"), c(40, 30)); is_in <- arm == "hips and back"
start <- round(pmin(pmax(rnorm(n, 6, 1.3), 0), 10), 1); age <- round(rnorm(n, 45, 11))
week <- pmax(0, rnorm(n, 60 + 25 * is_in, 12 + 18 * is_in))
later <- round(pmin(pmax(0.6 * start + 1 - 0.8 * is_in - 0.01 * (week - 60) + rnorm(n, 0, 1 + 0.5 * is_in), 0), 10), 1)
people <- data.frame(participant_id = sprintf("P%03d", 1:n), arm, age_years = age)
d <- rbind(data.frame(people, weeks = 0, pain_nrs = start, session_min_per_week = 0),
           data.frame(people, weeks = 6, pain_nrs = round((start + later) / 2, 1), session_min_per_week = round(week + rnorm(n, 0, 8))),
           data.frame(people, weeks = 12, pain_nrs = later, session_min_per_week = round(week + rnorm(n, 0, 8))))
d$session_min_per_week <- pmax(0, d$session_min_per_week)
d$session_min_per_week[d$weeks > 0 & runif(nrow(d)) < 0.1] <- NA
d$pain_nrs[d$weeks == 12 & runif(nrow(d)) < 0.1] <- NA
write.csv(d, file.path(here, "efficiency_data.csv"), row.names = FALSE, na = "")

wide <- people
wide$start <- d$pain_nrs[d$weeks == 0]; wide$end <- d$pain_nrs[d$weeks == 12]
wide$minutes <- rowMeans(cbind(d$session_min_per_week[d$weeks == 6], d$session_min_per_week[d$weeks == 12]), na.rm = TRUE)
wide <- wide[complete.cases(wide), ]; wide$id <- seq_len(nrow(wide)); wide$x <- as.numeric(wide$arm == "hips and back")
fits <- lapply(c("end", "minutes"), function(y) lm(reformulate(c("x", "start", "age_years"), y), wide))
found <- do.call(rbind, lapply(fits, function(f) as.data.frame(coef_test(f, vcovCR(f, wide$id, "CR2"), test = "Satterthwaite"))["x", ]))
# The same of both stacked, a person a cluster, tells how the two estimates hang together.
long <- rbind(data.frame(id = wide$id, y = wide$end, which = 0, wide[c("x", "start", "age_years")]), data.frame(id = wide$id, y = wide$minutes, which = 1, wide[c("x", "start", "age_years")]))
long$which <- factor(long$which)
stacked <- lm(y ~ 0 + which + which:(x + start + age_years), long)
V <- as.matrix(vcovCR(stacked, long$id, "CR2"))[c("which0:x", "which1:x"), c("which0:x", "which1:x")]
df <- found$df_Satt[1]
cloud <- function(lower, upper) pmvnorm(lower, upper, mean = found$beta, sigma = V)[1]
numbers <- c(pain = found$beta[1], minutes = found$beta[2], pain_error = found$SE[1], minutes_error = found$SE[2], df = df, minutes_df = found$df_Satt[2],
  correlation = cov2cor(V)[1, 2], reach = sqrt(2 * df / (df - 1) * qf(0.95, 2, df - 1)), people = nrow(wide),
  less_less = cloud(c(-Inf, -Inf), c(0, 0)), less_more = cloud(c(-Inf, 0), c(0, Inf)), more_less = cloud(c(0, -Inf), c(Inf, 0)), more_more = cloud(c(0, 0), c(Inf, Inf)))
versions <- paste(R.version.string, "clubSandwich", packageVersion("clubSandwich"), "mvtnorm", packageVersion("mvtnorm"))
write.csv(data.frame(what = names(numbers), value = trimws(formatC(numbers, digits = 14, format = "g")), versions), file.path(here, "efficiency.csv"), row.names = FALSE)
