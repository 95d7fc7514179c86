# Rscript reversals.R: series that go on and off a programme by nlme's gls (AR(1), REML), and randomisation tests over every draw by lm, written to reversals.csv and draws.csv; it draws reversal_series.csv.
suppressMessages(library(nlme))
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
versions <- paste0(R.version.string, "; nlme ", packageVersion("nlme"))

on_at <- function(day, changes) rowSums(outer(day, changes, ">")) %% 2
stops_at <- function(day, changes) rowSums(outer(day, changes, ">")) %/% 2
drawn <- function(name, seed, days, changes, memory, missing) {
  set.seed(seed)
  day <- seq_len(days) - 1
  state <- as.numeric(stats::filter(rnorm(days + 200, 0, sqrt(1 - memory^2)), memory, "recursive"))[-(1:200)]
  pain <- 6 - 0.01 * day - 1.5 * on_at(day, changes) + state
  data.frame(set = name, day = day, pain = round(pain, 4))[runif(days) >= missing, ]
}
designs <- list(ABA = c(14, 35), ABAB = c(15, 33, 60), ABBA = c(14, 42), BAB = c(0, 14, 28))
sets <- list(drawn("ABA", 21, 56, designs$ABA, 0.3, 0), drawn("ABAB", 22, 84, designs$ABAB, 0.6, 0.2),
             drawn("ABBA", 23, 56, designs$ABBA, 0.5, 0), drawn("BAB", 24, 42, designs$BAB, 0.4, 0.1))
control <- glsControl(tolerance = 1e-12, msTol = 1e-12, maxIter = 500, msMaxIter = 500, opt = "optim", optimMethod = "BFGS")
out <- NULL
for (data in sets) {
  changes <- designs[[data$set[1]]]
  kept <- data[!data$day %in% changes, ]
  kept$weeks <- (kept$day - changes[1]) / 7
  kept$on <- on_at(kept$day, changes)
  kept$stops <- stops_at(kept$day, changes)
  for (model in c("on less off", "stops apart")) {
    formula <- if (model == "on less off") pain ~ weeks + on else pain ~ weeks + on + stops
    fit <- gls(formula, kept, correlation = corAR1(0.3, form = ~day), method = "REML", control = control)
    found <- summary(fit)$tTable
    memory <- as.numeric(coef(fit$modelStruct$corStruct, unconstrained = FALSE))
    rows <- data.frame(term = c("level", "slope", "taken up", "stayed")[seq_len(nrow(found))], estimate = found[, "Value"], std_error = found[, "Std.Error"])
    if (model == "stops apart") {
      w <- c(0, 0, -1, 1)
      rows <- rbind(rows, data.frame(term = "stopped", estimate = sum(w * coef(fit)), std_error = sqrt(drop(w %*% vcov(fit) %*% w))))
    }
    out <- rbind(out, cbind(set = data$set[1], model = model, rows, memory = memory, sd = fit$sigma))
  }
}

step <- function(data, changes, from) {
  kept <- data[!data$day %in% changes & data$day > from, ]
  kept$on <- on_at(kept$day, changes)
  summary(lm(pain ~ day + on, kept))$coefficients["on", "t value"]
}
orders <- list(ABBA = c(14, 42), ABAB = c(14, 28, 42), BAAB = c(0, 14, 42), BABA = c(0, 14, 28, 42), AABB = 28, BBAA = c(0, 28))
days <- as.list(as.data.frame(t(expand.grid(again = 57:61, stop = 31:35, start = 13:17)[, 3:1])))
tested <- function(name, data, own, draws, from) {
  steps <- sapply(draws, function(one) step(data, one, from))
  observed <- step(data, own, from)
  data.frame(set = name, step = observed, draws = length(draws), p_value = mean(abs(steps) >= abs(observed) - 1e-9))
}
tests <- rbind(tested("ABBA", sets[[3]], orders$ABBA, orders, 0), tested("ABAB", sets[[2]], designs$ABAB, days, -1))
options(digits = 15)
write.csv(do.call(rbind, sets), file.path(here, "reversal_series.csv"), row.names = FALSE)
write.csv(cbind(out, versions = versions), file.path(here, "reversals.csv"), row.names = FALSE)
write.csv(cbind(tests, versions = versions), file.path(here, "draws.csv"), row.names = FALSE)
