# Three check-ins in a row, the outer two without a walk: means of each person with and without one in the middle. With one less without is lm of
# people's differences on how much oftener they also walked two check-ins before, at none; either alone is t.test of pairs.
# Rscript tests/reference/three_in_a_row.R writes three_in_a_row_data.csv and three_in_a_row.csv beside this file.
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
set.seed(20261124)
d <- do.call(rbind, lapply(1:14, function(i) {
  n <- 60; days <- (seq_len(n) - 1) / 2; evening <- days %% 1 > 0
  walked <- round(pmax(0, rnorm(n, ifelse(evening, 18, 10), 8)))
  stiff <- rnorm(1, 4, 1) - 0.5 * evening - 0.03 * walked + as.vector(arima.sim(list(ar = 0.4), n)) * 0.8
  one <- data.frame(participant_id = sprintf("P%02d", i), days, walking_min = walked, back_stiffness_nrs = round(pmin(pmax(stiff, 0), 10)))
  one$back_stiffness_nrs[runif(n) < 0.05] <- NA
  one[runif(n) > 0.08, ]
}))
write.csv(d, file.path(here, "three_in_a_row_data.csv"), row.names = FALSE, na = "")

cut <- median(d$walking_min)
at <- function(shift) match(paste(d$participant_id, d$days + shift), paste(d$participant_id, d$days))
before <- at(-0.5); after <- at(0.5)
y <- cbind(before = d$back_stiffness_nrs[before], middle = d$back_stiffness_nrs, after = d$back_stiffness_nrs[after])
x <- cbind(d$walking_min[before], d$walking_min[after])
kept <- complete.cases(y, x) & rowSums(x <= cut) == 2
earlier <- d$walking_min[at(-1)] > cut
earlier <- ifelse(is.na(earlier), ave(earlier * ifelse(kept, 1, NA), d$participant_id, FUN = function(x) mean(x, na.rm = TRUE)), earlier)
three <- data.frame(id = d$participant_id, evening = d$days %% 1 > 0, earlier, done = d$walking_min > cut, y)[kept, ]
counts <- c(0, 0)
own <- do.call(rbind, lapply(split(three, three$id), function(p) {
  both <- intersect(p$evening[p$done], p$evening[!p$done])
  p <- p[p$evening %in% both, ]
  if (!nrow(p)) return(NULL)
  counts <<- counts + c(sum(p$done), sum(!p$done))
  # Those without a walk get the weight of the times of day of those with one.
  share <- table(factor(p$evening[p$done], c(FALSE, TRUE))) / sum(p$done)
  weight <- as.vector(share[as.character(p$evening)]) / ave(rep(1, nrow(p)), p$evening, p$done, FUN = sum)
  columns <- c("before", "middle", "after", "earlier")
  data.frame(done = colMeans(p[p$done, columns]), left = sapply(p[!p$done, columns], weighted.mean, weight[!p$done]), id = p$id[1])
}))
wide <- function(column) do.call(rbind, split(own[[column]], own$id))
done <- wide("done"); left <- wide("left")
answers <- list()
say <- function(statistic, a, b) { t <- t.test(a, b, paired = TRUE)
  answers[[length(answers) + 1]] <<- data.frame(statistic, estimate = unname(t$estimate), std_error = t$stderr, df = unname(t$parameter), conf_low = t$conf.int[1], conf_high = t$conf.int[2], p_value = t$p.value) }
oftener <- done[, 4] - left[, 4]
at_none <- function(statistic, own) { f <- lm(own ~ oftener); s <- summary(f)$coefficients[1, ]; ci <- confint(f)[1, ]
  answers[[length(answers) + 1]] <<- data.frame(statistic, estimate = s[[1]], std_error = s[[2]], df = f$df.residual, conf_low = ci[[1]], conf_high = ci[[2]], p_value = s[[4]]) }
weights <- list(difference = c(-0.5, 1, -0.5), there = c(-1, 1, 0), back = c(0, -1, 1), `left over` = c(-1, 0, 1), check = c(1, 0, 0))
for (name in names(weights)) at_none(name, as.vector((done - left)[, 1:3] %*% weights[[name]]))
say("difference, with", done[, 2], (done[, 1] + done[, 3]) / 2)
say("difference, without", left[, 2], (left[, 1] + left[, 3]) / 2)
answers <- do.call(rbind, answers)
answers$people <- nrow(done); answers$with <- counts[1]; answers$without <- counts[2]; answers$cut <- cut
answers$versions <- R.version.string
numbers <- names(answers)[2:7]
answers[numbers] <- lapply(answers[numbers], function(x) trimws(formatC(x, digits = 14, format = "g")))
write.csv(answers, file.path(here, "three_in_a_row.csv"), row.names = FALSE)
