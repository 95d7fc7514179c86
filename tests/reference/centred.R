# Weighted and centred least squares, and least squares with every person's own level, beside lm, geepack and clubSandwich.
# Rscript tests/reference/centred.R writes centred_data.csv and centred.csv beside this file.
suppressMessages({library(clubSandwich); library(geepack)})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
set.seed(20261122)
people <- 22
rows <- do.call(rbind, lapply(seq_len(people), function(i) {
  moments <- 8 + (i * 5) %% 9
  level <- rnorm(1, 4, 1); before <- rnorm(1, level, 1); trait <- rbinom(1, 1, 0.4); one <- NULL
  for (t in seq_len(moments)) {
    reactive <- 5 + 0.4 * (before - 4) + rnorm(1)
    chance <- if (reactive > 5) 0.6 else 0.3
    a <- rbinom(1, 1, chance)
    y <- level + 0.5 * (before - level) + a * (-0.5 - 0.3 * (reactive - 5)) + rnorm(1)
    one <- rbind(one, data.frame(person = i, moment = t, before, reactive, chance, trait, a, y))
    before <- y
  }
  one[runif(moments) > 0.15, ]
}))
rows[] <- lapply(rows, round, 4)
write.csv(rows, file.path(here, "centred_data.csv"), row.names = FALSE)
rows <- rows[order(rows$person, rows$moment), ]
answers <- list()
say <- function(model, term, estimate, se, df) answers[[length(answers) + 1]] <<- data.frame(model, term, estimate, se, df)

# Known chances: weights (share / chance), centred at the share; the moderator is the reactivity about 5.
share <- mean(rows$chance)
w <- with(rows, ifelse(a == 1, share / chance, (1 - share) / (1 - chance)))
rows$c <- rows$a - share; rows$cm <- rows$c * (rows$reactive - 5)
known <- lm(y ~ c + cm + before, data = rows, weights = w)
# Rows scaled by the roots of their weights, so that the working model is that of independent rows which are alike.
scaled <- data.frame(model.matrix(known) * sqrt(w)); names(scaled) <- c("one", "c", "cm", "before"); scaled$y <- rows$y * sqrt(w)
as_alike <- lm(y ~ 0 + one + c + cm + before, data = scaled)
test <- coef_test(as_alike, vcovCR(as_alike, rows$person, "CR2"), test = "Satterthwaite")
for (term in c("c", "cm")) say("known chance", term, test[term, "beta"], test[term, "SE"], test[term, "df_Satt"])
gee <- geeglm(y ~ c + cm + before, id = person, data = rows, weights = w)
stopifnot(max(abs(coef(gee) - coef(known))) < 1e-8)

# Estimated chances: the scores of the outcome's equations move with those of the logistic regression; CR2 by whole matrices.
logit <- glm(a ~ before + reactive, binomial, rows)
p <- fitted(logit); share <- mean(p)
w <- with(rows, ifelse(a == 1, share / p, (1 - share) / (1 - p)))
rows$c <- rows$a - share
fit <- lm(y ~ c + before, data = rows, weights = w)
X <- model.matrix(fit); Z <- model.matrix(logit)
of_chance <- function(g) {
  p <- plogis(Z %*% g); w <- ifelse(rows$a == 1, share / p, (1 - share) / (1 - p))
  crossprod(X, w * resid(fit))
}
pull <- sapply(seq_len(ncol(Z)), function(k) {
  step <- 1e-5 * (seq_len(ncol(Z)) == k)
  (of_chance(coef(logit) + step) - of_chance(coef(logit) - step)) / 2e-5
})
Xw <- X * sqrt(w); M <- solve(crossprod(Xw)); r <- sqrt(w) * resid(fit)
scores <- t(sapply(split(seq_len(nrow(rows)), rows$person), function(at) {
  e <- eigen(diag(length(at)) - Xw[at, , drop = FALSE] %*% M %*% t(Xw[at, , drop = FALSE]), symmetric = TRUE)
  root <- e$vectors %*% (e$values^-0.5 * t(e$vectors))
  c(t(Xw[at, , drop = FALSE]) %*% root %*% r[at] +
      pull %*% solve(crossprod(Z * sqrt(p * (1 - p)))) %*% crossprod(Z[at, , drop = FALSE], rows$a[at] - p[at]))
}))
V <- M %*% crossprod(scores) %*% M
say("estimated chance", "c", coef(fit)["c"], sqrt(V[2, 2]), NA)

# Every person's own level, and a factor that does not change within a person by the exposure.
own <- lm(y ~ a + I(a * trait) + before + factor(person), data = rows)
test <- coef_test(own, vcovCR(own, rows$person, "CR2"), test = "Satterthwaite")
for (term in c("a", "I(a * trait)")) say("own levels", term, test[term, "beta"], test[term, "SE"], test[term, "df_Satt"])
answers <- do.call(rbind, answers)
answers$versions <- paste(R.version.string, "clubSandwich", packageVersion("clubSandwich"), "geepack", packageVersion("geepack"))
numbers <- sapply(answers, is.numeric)
answers[numbers] <- lapply(answers[numbers], function(x) ifelse(is.na(x), NA, trimws(formatC(x, digits = 14, format = "g"))))
write.csv(answers, file.path(here, "centred.csv"), row.names = FALSE)
