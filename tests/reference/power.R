# Rscript power.R: power of standard designs by base R, written to power.csv.
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
row <- function(design, n, effect, sd, extra, power)
  data.frame(design, n, effect, sd, extra, power, versions = R.version.string)

two_groups <- function(n, effect, sd)
  row("two means", n, effect, sd, NA, power.t.test(n, effect, sd)$power)

# Clusters of one size: the non-central t on their means, whose variance is sd^2 (1 + (size - 1) icc) / size.
clusters <- function(n, effect, sd, icc, size = 8) {
  spread <- sqrt(sd^2 * (1 + (size - 1) * icc) / size)
  row("clusters of 8", n, effect, sd, icc, power.t.test(n, effect, spread)$power)
}

# Two one-sided tests by integrating over the estimated standard deviation.
equivalence <- function(n, effect, sd, margin) {
  df <- 2 * n - 2
  error <- sd * sqrt(2 / n)
  given <- function(s) {
    half <- qt(0.95, df) * s * error
    pmax(0, pnorm((margin - half - effect) / error) - pnorm((-margin + half - effect) / error))
  }
  density <- function(s) 2 * df * s * dchisq(df * s^2, df)
  power <- integrate(function(s) given(s) * density(s), 0, 3, rel.tol = 1e-10)$value
  row("equivalence", n, effect, sd, margin, power)
}

two_risks <- function(n, risk, control) {
  # power.prop.test pools under no difference; this is the unpooled test of the difference's interval.
  error <- sqrt(risk * (1 - risk) / n + control * (1 - control) / n)
  row("two proportions", n, risk - control, NA, control, pnorm(abs(risk - control) / error - qnorm(0.975)))
}

found <- rbind(
  two_groups(64, 0.5, 1), two_groups(17, 1, 1), two_groups(26, 0.8, 1), two_groups(10, 1.5, 2),
  clusters(10, 0.8, 2, 0.05), clusters(20, 0.6, 2, 0.1), clusters(6, 1.2, 2, 0.2),
  equivalence(60, 0, 2, 1), equivalence(40, 0.3, 2, 1.5), equivalence(15, 0, 2, 2),
  two_risks(70, 0.85, 0.65), two_risks(150, 0.3, 0.45)
)
write.csv(found, file.path(here, "power.csv"), row.names = FALSE)
