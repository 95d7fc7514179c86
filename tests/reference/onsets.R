# One series on the days around the onsets of another, for tests/analyses/test_onsets_against_r.py.
# Rscript onsets.R (in this folder) draws onsets_data.csv (a row a person and day, some without scores) and writes onsets.csv.
# Base R with loops over people, onsets and lags; onsets moved round in time by 4,000 draws of its own, so that what rests on them agrees within Monte Carlo error.
set.seed(20261122)
people <- 20; days <- 50; reach <- 7
slow <- function(memory) { s <- rnorm(days); for (t in 2:days) s[t] <- memory * s[t - 1] + sqrt(1 - memory^2) * s[t]; s }
d <- do.call(rbind, lapply(1:people, function(i) {
  hip <- 4 + rnorm(1) + 1.5 * slow(0.4); back <- 5 + rnorm(1) + 0.02 * (1:days) + slow(0.6)
  back[-1] <- back[-1] + 0.3 * (hip[-days] - 4)
  data.frame(person = i, day = 1:days - 1, hip = round(pmin(pmax(hip, 0), 10), 1), back = round(pmin(pmax(back, 0), 10), 1))
}))
d$hip[runif(nrow(d)) < 0.1] <- NA; d$back[runif(nrow(d)) < 0.1] <- NA
write.csv(d, "onsets_data.csv", row.names = FALSE)
H <- matrix(d$hip, people, byrow = TRUE); B <- matrix(d$back, people, byrow = TRUE)
high <- t(apply(H, 1, function(h) !is.na(h) & h >= median(h, na.rm = TRUE) + 2 - 1e-9))
onset <- high & FALSE
for (i in 1:people) for (t in 2:days) {
  quiet <- max(1, t - 3):(t - 1)
  onset[i, t] <- high[i, t] && any(!is.na(H[i, quiet])) && !any(high[i, quiet])
}
rest <- t(apply(B, 1, function(b) residuals(lm(b ~ seq_len(days), na.action = na.exclude))))
# News: what the day before does not foretell; each person's memory is drawn to that of all people as if by 20 more of their usual pairs.
now <- rest[, -1]; before <- rest[, -days]; both <- !is.na(now * before)
memory <- sum((now * before)[both]) / sum((before^2)[both])
news <- cbind(NA, now - before * sapply(1:people, function(i) {
  x <- before[i, both[i, ]]; y <- now[i, both[i, ]]; k <- 20 * mean(x^2)
  (sum(x * y) + k * memory) / (sum(x^2) + k) }))
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
    at <- list(before = lags < 0 & lags >= -3, `same day` = lags == 0, after = lags > 0 & lags <= 3)[[name]]
    a <- rowSums(total[, at, drop = FALSE]); b <- rowSums(count[, at, drop = FALSE])
    null <- colSums(matrix(moved[1, at, ], ncol = draws)) / colSums(matrix(moved[2, at, ], ncol = draws))
    m <- sum(a) / sum(b)
    # Under `null` stands here the spread of moved onsets, from which the Monte Carlo error follows.
    put(series, name, NA, m - mean(null), data.frame(std_error = error(a, b), null = sd(null), band_low = NA, band_high = NA,
      p_value = mean(abs(null - mean(null)) >= abs(m - mean(null)))))
  }
}
out$made_by <- paste0("R ", getRversion())
write.csv(format(out, digits = 12, trim = TRUE), "onsets.csv", row.names = FALSE)
