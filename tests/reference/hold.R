# From which value on does what is done count? For tests/analyses/test_hold_against_r.py.
# Rscript hold.R (in this folder) draws hold_data.csv (a row a half day of a person) and writes hold.csv.
# lm with a line of each person over time in place of sums of products; errors by fitting without each person; tests over thresholds by score residuals
# of lm and 100,000 random signs of its own, so that p-values agree within Monte Carlo error.
set.seed(20261122)
people <- 24; slots <- 0:83
d <- do.call(rbind, lapply(1:people, function(i) {
  keeps <- runif(1, -0.3, 0.3)
  did <- slots %% 4 == 1 & runif(84) < 0.8
  held <- ifelse(did, round(30 * exp(keeps + 0.4 * rnorm(84)), 1), NA)
  reached <- !is.na(held) & held >= 28
  pain <- 6 + rnorm(1) - 0.12 * (cumsum(reached) - reached) - 2 * keeps * slots / 84 + rnorm(84)
  one <- data.frame(person = i, days = slots / 2, pain = round(pmin(pmax(pain, 0), 10), 2), held)
  one[runif(84) < 0.92, ]
}))
write.csv(d, "hold_data.csv", row.names = FALSE)
done <- d$held[!is.na(d$held)]
grid <- unique(quantile(done, seq(0.05, 0.95, length.out = 17), names = FALSE))
grid <- sort(unique(c(grid[grid > min(done)], 30)))
# Beyond what was to be expected: the residual of a line over the person's own occasions; what has counted so far is that of earlier rows.
beyond <- sapply(grid, function(g) { b <- rep(0, nrow(d)); for (i in unique(d$person)) { at <- which(d$person == i & !is.na(d$held))
  b[at] <- residuals(lm((d$held[at] >= g) ~ seq_along(at))) }; b })
so_far <- apply(beyond, 2, function(b) ave(b, d$person, FUN = function(x) cumsum(x) - x))
# Off the outcome alone, the mean of the people at a time would take a part of any effect with it.
d$y <- d$pain - ave(d$pain, d$days)
so_far <- apply(so_far, 2, function(x) x - ave(x, d$days))
d$who <- factor(d$person)
lines <- model.matrix(~ who + who:days, d)
fit <- function(x, rows = TRUE) { f <- lm.fit(cbind(x, lines)[rows, ], d$y[rows]); c(f$coefficients[1], sum(f$residuals^2)) }
interval <- function(all, each) { n <- length(each); se <- sqrt((n - 1) / n * sum((each - mean(each))^2)); q <- qt(0.975, n - 1) * se
  data.frame(estimate = all, std_error = se, df = n - 1, conf_low = all - q, conf_high = all + q, p_value = 2 * pt(-abs(all) / se, n - 1)) }
out <- data.frame()
put <- function(what, threshold, row) out <<- rbind(out, data.frame(what, threshold, row))
rss <- NULL
for (k in seq_along(grid)) {
  whole <- fit(so_far[, k]); rss[k] <- whole[2]
  each <- sapply(1:people, function(i) fit(so_far[, k], d$person != i)[1])
  put("effect", grid[k], interval(whole[1], each))
}
# The occasion at its own row, beside the count of those before it.
first <- cbind(beyond[, grid == 30] - ave(beyond[, grid == 30], d$days), so_far[, grid == 30])
put("before", 30, interval(fit(first)[1], sapply(1:people, function(i) fit(first, d$person != i)[1])))
# Each person's share in the score of every threshold, once what is in the model is taken out; the largest of its sums against random signs.
largest <- function(beside) {
  model <- cbind(beside, lines)
  r <- lm.fit(model, d$y)$residuals
  scores <- rowsum(r * as.matrix(lm.fit(model, so_far)$residuals), d$person)
  size <- sqrt(colSums(scores^2)); use <- size > 1e-9 * max(size)
  scaled <- scores[, use, drop = FALSE] %*% diag(1 / size[use], sum(use))
  signs <- matrix(sample(c(-1, 1), 100000 * people, TRUE), 100000)
  mean(apply(abs(signs %*% scaled), 1, max) >= max(abs(colSums(scaled))) - 1e-12)
}
row <- function(estimate, p, low = NA, high = NA) data.frame(estimate, std_error = NA, df = NA, conf_low = low, conf_high = high, p_value = p)
set.seed(1)
p <- sapply(seq_along(grid), function(k) largest(so_far[, k]))
for (k in seq_along(grid)) put("as good", grid[k], row(NA, p[k]))
kept <- p >= 0.05; kept[which.min(rss)] <- TRUE
put("threshold", NA, row(grid[which.min(rss)], largest(NULL), min(grid[kept]), max(grid[kept])))
out$made_by <- paste0("R ", getRversion())
write.csv(format(out, digits = 12, trim = TRUE), "hold.csv", row.names = FALSE)
