# Rscript clustered_share.R: the share of yes among the events of clustered_share_data.csv (a row an event) with the standard error clustered by
# person (sandwich), and Korn and Graubard's interval by R's beta quantiles; writes clustered_share.csv.
suppressMessages(library(sandwich))
d <- read.csv("clustered_share_data.csv")
f <- lm(yes ~ 1, d)
p <- unname(coef(f)); k <- length(unique(d$person)); n <- nrow(d)
se <- sqrt(vcovCL(f, cluster = d$person, type = "HC0", cadjust = TRUE)[1, 1])
m <- min(n, p * (1 - p) / se^2 * (qt(0.025, n - 1) / qt(0.025, k - 1))^2)
out <- data.frame(name = c("estimate", "std_error", "conf_low", "conf_high"),
                  value = c(p, se, qbeta(0.025, m * p, m - m * p + 1), qbeta(0.975, m * p + 1, m - m * p)),
                  made_by = paste0("R ", getRversion(), ", sandwich ", packageVersion("sandwich")))
write.csv(format(out, digits = 14, trim = TRUE), "clustered_share.csv", row.names = FALSE)
