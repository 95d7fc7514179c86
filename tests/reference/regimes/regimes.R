# Rscript regimes.R: the mean of y3 under two regimes by R's lm, one regression a visit from the last to the first, on doses.csv.
# Doses enter as natural splines with 2 columns and the knots of splines::ns over all doses so far. Writes regimes.csv.
suppressMessages(library(splines))
d <- read.csv("doses.csv")
so_far <- t(apply(d[, c("d1", "d2", "d3")], 1, cumsum))
knots <- quantile(c(so_far), 0.5); ends <- range(so_far)
basis <- function(x) ns(x, knots = knots, Boundary.knots = ends)
frame <- function(doses) {
  f <- d[, c("age", "y0", "y1", "y2", "y3")]
  for (v in 1:3) { b <- basis(doses[, v]); f[[paste0("a", v)]] <- b[, 1]; f[[paste0("b", v)]] <- b[, 2] }
  f
}
taken <- frame(so_far)
mean_under <- function(plan) {
  planned <- frame(matrix(cumsum(plan), nrow(d), 3, byrow = TRUE))
  taken$q <- d$y3
  taken$q <- predict(lm(q ~ age + y0 + y1 + y2 + a1 + b1 + a2 + b2 + a3 + b3, taken), planned)
  taken$q <- predict(lm(q ~ age + y0 + y1 + a1 + b1 + a2 + b2, taken), planned)
  mean(predict(lm(q ~ age + y0 + a1 + b1, taken), planned))
}
out <- data.frame(regime = c("4 4 4", "9 6 3"), mean = c(mean_under(c(4, 4, 4)), mean_under(c(9, 6, 3))),
                  made_by = paste0("R ", getRversion()))
write.csv(format(out, digits = 15), "regimes.csv", row.names = FALSE)
