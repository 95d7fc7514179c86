# Rscript slope_by_moment.R: pain at the next check-in on usual tilt, reactivity now and their product, in slope_by_moment_data.csv (a row a check-in), by lm
# with clubSandwich's CR3 and Satterthwaite's degrees of freedom; four cells and what both do beyond their product. Writes slope_by_moment.csv.
suppressMessages(library(clubSandwich))
d <- read.csv("slope_by_moment_data.csv")
d <- d[order(d$person, d$day), ]
d$after <- ave(d$pain, d$person, FUN = function(p) c(p[-1], NA))
d <- d[!is.na(d$after), ]
# The usual tilt: the mean of three visits drawn to everybody's, by the variances of persons and of what is left beside visits (as many of everybody);
# of the latter the data dictionary's error of a reading (1.1 degrees) is chance, the rest is tilt that came and went.
v <- read.csv("slope_by_moment_visits.csv")
a <- summary(aov(tilt ~ factor(person) + factor(weeks), v))[[1]]
between <- (a[1, 3] - a[3, 3]) / 3
share <- 1 - min(1.1^2, a[3, 3]) / 3 / (between + a[3, 3] / 3)
m <- tapply(v$tilt, v$person, mean)
usual <- mean(m) + share * (m - mean(m))
people <- as.character(unique(d$person))
d$usual <- usual[as.character(d$person)] - mean(usual[people])
d$own <- ave(d$react, d$person)
d$now <- d$react - d$own
centre <- mean(d$react)
d$own <- d$own - centre
d$weeks <- d$day / 7 - mean(d$day / 7)
f <- lm(after ~ usual * now + usual * own + weeks, d)
# In the order of our columns: constant, usual, now, their product, then what is beside.
V <- vcovCR(f, cluster = d$person, type = "CR3")
k <- names(coef(f))
w <- function(u, r, one = 1) { x <- setNames(rep(0, length(k)), k); x["(Intercept)"] <- one; x["usual"] <- u; x["now"] <- (r - centre) * one; x["usual:now"] <- u * (r - centre); x }
q <- quantile(d$react, c(0.25, 0.75)); e <- quantile(usual[people] - mean(usual[people]), c(0.25, 0.75))
out <- data.frame()
put <- function(name, x) {
  t <- linear_contrast(f, vcov = V, contrasts = matrix(x, 1), level = 0.95, test = "Satterthwaite")
  out <<- rbind(out, data.frame(name = name, estimate = t$Est, std_error = t$SE, df = t$df, conf_low = t$CI_L, conf_high = t$CI_U))
}
put("high minus low", w(5, q[2], 0) - w(5, q[1], 0))
put("low", w(5, q[1], 0)); put("high", w(5, q[2], 0))
cells <- rbind(w(e[1], q[1]), w(e[1], q[2]), w(e[2], q[1]), w(e[2], q[2]))
for (i in 1:4) put(c("low low", "low high", "high low", "high high")[i], cells[i, ])
s <- c(1, -1, -1, 1)
put("beyond the sum", as.vector(s %*% cells))
means <- as.vector(cells %*% coef(f))
g <- as.vector((s / means) %*% cells)
t <- linear_contrast(f, vcov = V, contrasts = matrix(g, 1), level = 0.95, test = "Satterthwaite")
log_ratio <- sum(s * log(means)); half <- qt(0.975, t$df) * t$SE
out <- rbind(out, data.frame(name = "beyond the product", estimate = exp(log_ratio), std_error = exp(log_ratio) * t$SE, df = t$df,
  conf_low = exp(log_ratio - half), conf_high = exp(log_ratio + half)))
out$made_by <- paste0("R ", getRversion(), ", clubSandwich ", packageVersion("clubSandwich"))
write.csv(format(out, digits = 12, trim = TRUE), "slope_by_moment.csv", row.names = FALSE)
