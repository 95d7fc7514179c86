# One series on the days around the onsets of another, for tests/analyses/test_onsets_against_r.py.
# Rscript onsets.R (in this folder) draws onsets_data.csv (a row a person and half day, some without scores) and writes onsets.csv.
# Base R with loops over people, onsets and lags; onsets moved round in time by 4,000 draws of its own, so that what rests on them agrees within Monte Carlo error.
set.seed(20261122)
people <- 20; days <- 50; reach <- 7
slow <- function(memory) { s <- rnorm(2 * days); for (t in 2:(2 * days)) s[t] <- memory * s[t - 1] + sqrt(1 - memory^2) * s[t]; s }
d <- do.call(rbind, lapply(1:people, function(i) {
  hip <- 4 + rnorm(1) + 2 * slow(0.5); back <- 5 + rnorm(1) + 0.01 * (1:(2 * days)) + slow(0.7)
  back[-1] <- back[-1] + 0.3 * (hip[-2 * days] - 4)
  data.frame(person = i, day = (1:(2 * days) - 1) / 2, hip = round(pmin(pmax(hip, 0), 10), 1), back = round(pmin(pmax(back, 0), 10), 1))
}))
d$hip[runif(nrow(d)) < 0.15] <- NA; d$back[runif(nrow(d)) < 0.15] <- NA
write.csv(d, "onsets_data.csv", row.names = FALSE)
# By day: the mean of what there is, and whether both half days are there.
by_day <- function(x, f) t(sapply(1:people, function(i) tapply(x[d$person == i], floor(d$day[d$person == i]), f)))
some <- function(v) if (all(is.na(v))) NA else mean(v, na.rm = TRUE)
H <- by_day(d$hip, some); B <- by_day(d$back, some)
both_hip <- by_day(d$hip, function(v) !anyNA(v)); both_back <- by_day(d$back, function(v) !anyNA(v))
high <- t(apply(H, 1, function(h) !is.na(h) & h >= median(h, na.rm = TRUE) + 2 - 1e-9))
onset <- high & FALSE
for (i in 1:people) for (t in 2:days) {
  quiet <- max(1, t - 3):(t - 1)
  onset[i, t] <- high[i, t] && any(!is.na(H[i, quiet])) && !any(high[i, quiet]) && both_hip[i, t]
}
rest <- t(apply(B, 1, function(b) residuals(lm(b ~ seq_len(days), na.action = na.exclude))))
# Half days tell of medians, lines and quiet days alone.
rest[!both_back] <- NA
# News: what the day before does not foretell by the memory of all people.
now <- rest[, -1]; before <- rest[, -days]; both <- !is.na(now * before)
memory <- sum((now * before)[both]) / sum((before^2)[both])
news <- cbind(NA, now - memory * before)
who <- which(rowSums(onset) > 0)
lags <- -reach:reach
# Sum and count at each lag of each person, of onsets moved by `shift` days round the end.
around <- function(series, i, shift) {
  at <- (which(onset[i, ]) - 1 + shift) %% days + 1
  sapply(lags, function(l) { t <- at + l; x <- series[i, t[t >= 1 & t <= days]]; c(sum(x, na.rm = TRUE), sum(!is.na(x))) })
}
out <- data.frame()
put <- function(series, what, lag, estimate, ...) out <<- rbind(out, data.frame(series, what, lag, estimate, ...))
none <- data.frame(std_error = NA, null = NA, band_low = NA, band_high = NA, p_value = NA)
put("", "onsets", NA, sum(onset[who, ]), none); put("", "people", NA, length(who), none); put("", "memory", NA, memory, none)
draws <- 4000
error <- function(total, count) { n <- length(total); m <- sum(total) / sum(count); sqrt(n / (n - 1) * sum((total - m * count)^2)) / sum(count) }
for (series in c("level", "news")) {
  s <- if (series == "level") rest else news
  every <- lapply(who, function(i) lapply(0:(days - 1), function(shift) around(s, i, shift)))
  seen <- lapply(every, function(one) one[[1]])
  total <- t(sapply(seen, function(v) v[1, ])); count <- t(sapply(seen, function(v) v[2, ]))
  moved <- replicate(draws, Reduce(`+`, lapply(every, function(one) one[[sample.int(days, 1)]])))
  drawn <- moved[1, , ] / moved[2, , ]
  estimate <- colSums(total) / colSums(count)
  centre <- rowMeans(drawn); spread <- apply(drawn, 1, sd)
  largest <- apply(abs((drawn - centre) / spread), 2, max)
  far <- quantile(largest, 0.95)
  p <- mean(largest >= max(abs((estimate - centre) / spread)))
  for (k in seq_along(lags)) put(series, "curve", lags[k], estimate[k], data.frame(std_error = error(total[, k], count[, k]), null = centre[k],
    band_low = centre[k] - far * spread[k], band_high = centre[k] + far * spread[k], p_value = p))
  if (series == "news") for (name in c("before", "same day", "after")) {
    at <- which(list(before = lags < 0 & lags >= -3, `same day` = lags == 0, after = lags > 0 & lags <= 3)[[name]])
    # Each lag counts alike; the error is that of a mean of ratios over people.
    null <- colMeans(matrix(drawn[at, ], ncol = draws))
    m <- mean(estimate[at])
    parts <- rowMeans(sapply(at, function(k) (total[, k] - estimate[k] * count[, k]) / sum(count[, k])))
    # Under `null` stands here the spread of moved onsets, from which the Monte Carlo error follows.
    put(series, name, NA, m - mean(null), data.frame(std_error = sqrt(length(who) / (length(who) - 1) * sum(parts^2)), null = sd(null), band_low = NA, band_high = NA,
      p_value = mean(abs(null - mean(null)) >= abs(m - mean(null)))))
  }
}
out$made_by <- paste0("R ", getRversion())
write.csv(format(out, digits = 12, trim = TRUE), "onsets.csv", row.names = FALSE)
