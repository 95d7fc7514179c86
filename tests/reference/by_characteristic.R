# Effect of an arm by a number and by a category over three visits: nlme::gls, unstructured covariance, REML, with errors
# robust over people by clubSandwich (CR2, Satterthwaite's degrees of freedom).
# Writes by_characteristic_data.csv and by_characteristic.csv beside this script.
suppressPackageStartupMessages({library(nlme); library(clubSandwich)})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
set.seed(11)
n <- 90
people <- data.frame(id = 1:n, treated = rep(0:1, length.out = n), signs = sample(0:3, n, TRUE),
                     region = sample(c("together", "hip", "back"), n, TRUE), age = round(rnorm(n, 45, 10)))
level <- rnorm(n)
baseline <- round(5 + level + rnorm(n), 2)
rows <- do.call(rbind, lapply(c(4, 8, 12), function(week) {
  effect <- people$treated * (-0.3 - 0.3 * people$signs) * week / 12
  data.frame(people, baseline, week, pain = round(pmin(10, pmax(0, 4 + level + effect + rnorm(n))), 2))
}))
rows <- rows[order(rows$id, rows$week), ]
rows <- rows[!(rows$week == 12 & rows$id %% 7 == 0), ]
write.csv(rows, file.path(here, "by_characteristic_data.csv"), row.names = FALSE, quote = FALSE)
rows$visit <- factor(rows$week)
rows$region <- factor(rows$region, levels = c("together", "hip", "back"))
rows$place <- as.integer(rows$visit)
fit <- function(formula) gls(formula, rows, correlation = corSymm(form = ~ place | id),
                             weights = varIdent(form = ~ 1 | visit), control = glsControl(opt = "optim", tolerance = 1e-10, maxIter = 500, msMaxIter = 5000))
answer <- function(model, weights, name) {
  full <- setNames(rep(0, length(coef(model))), names(coef(model)))
  full[names(weights)] <- weights
  robust <- linear_contrast(model, vcovCR(model, type = "CR2"), contrasts = t(full), test = "Satterthwaite", p_values = TRUE)
  data.frame(row = name, estimate = sum(full * coef(model)), std_error = robust$SE, df = robust$df, p_value = robust$p_val,
             modelled = sqrt(drop(full %*% vcov(model) %*% full)))
}
line <- fit(pain ~ 0 + visit + visit:treated + visit:signs + visit:treated:signs + visit:baseline + age)
each <- fit(pain ~ 0 + visit + visit:treated + visit:region + visit:treated:region + visit:baseline + age)
found <- rbind(
  answer(line, c("visit12:treated:signs" = 1), "per sign"),
  answer(line, c("visit12:treated" = 1, "visit12:treated:signs" = 2), "effect at 2 signs"),
  answer(each, c("visit12:treated:regionhip" = 1), "hip against together"),
  answer(each, c("visit12:treated" = 1, "visit12:treated:regionback" = 1), "effect where the back leads"))
found$versions <- paste0(R.version.string, "; nlme ", packageVersion("nlme"), "; clubSandwich ", packageVersion("clubSandwich"))
write.csv(found, file.path(here, "by_characteristic.csv"), row.names = FALSE, quote = FALSE)
