# Rscript panel.R: random-intercept cross-lagged panel models with lavaan, written to panel.csv; it draws waves.csv.
suppressMessages(library(lavaan))
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
versions <- paste0(R.version.string, "; lavaan ", packageVersion("lavaan"))

drawn <- function(name, seed, people, waves, missing, step = 0, groups = 1, error = c(0, 0), lags = c(0.3, 0.2, 0.1, 0.4)) {
  set.seed(seed)
  levels <- matrix(rnorm(2 * people), people) %*% chol(matrix(c(1, 0.5, 0.5, 1.5), 2))
  state <- matrix(rnorm(2 * people), people) %*% chol(matrix(c(1, 0.3, 0.3, 1.2), 2))
  group <- rep_len(seq_len(groups), people)
  rows <- NULL
  for (wave in seq_len(waves)) {
    if (wave > 1) state <- state %*% t(matrix(lags, 2, byrow = TRUE)) + matrix(rnorm(2 * people), people) %*% chol(matrix(c(0.8, 0.2, 0.2, 0.9), 2))
    scores <- levels + state + cbind(rnorm(people, 0, error[1]), rnorm(people, 0, error[2]))
    scores[, 1] <- scores[, 1] + 4 - 0.2 * wave + 0.5 * group
    scores[, 2] <- 3 * (scores[, 2] + 2 + 0.1 * wave * group)
    if (step > 0) scores <- round(scores / step) * step
    rows <- rbind(rows, data.frame(set = name, person = seq_len(people), group = group, wave = wave,
                                   first = round(scores[, 1], 3), second = round(scores[, 2], 3)))
  }
  rows$first[runif(nrow(rows)) < missing] <- NA
  rows$second[runif(nrow(rows)) < missing] <- NA
  rows
}

model <- function(waves, equal_lags, equal_innovations, error, without, groups) {
  t <- seq_len(waves)
  common <- function(label) if (groups > 1) paste0("c(", paste(rep(label, groups), collapse = ","), ")*") else paste0(label, "*")
  at <- function(label, wave, equal) common(if (equal) label else paste0(label, wave))
  lines <- c(paste("levelx =~", paste0("1*x", t, collapse = " + ")), paste("levely =~", paste0("1*y", t, collapse = " + ")),
             paste0("levelx ~~ ", common("vx"), "levelx"), paste0("levelx ~~ ", common("cxy"), "levely"),
             paste0("levely ~~ ", common("vy"), "levely"))
  for (wave in t) {
    lines <- c(lines, paste0("wx", wave, " =~ 1*x", wave), paste0("wy", wave, " =~ 1*y", wave),
               paste0("x", wave, " ~~ ", error[1], "*x", wave), paste0("y", wave, " ~~ ", error[2], "*y", wave),
               paste0("x", wave, " ~ 1"), paste0("y", wave, " ~ 1"))
    equal <- equal_innovations && wave > 1
    label <- function(one) at(paste0(one, if (wave == 1) "first" else if (equal) "all" else ""), if (wave == 1) "" else wave, equal || wave == 1)
    lines <- c(lines, paste0("wx", wave, " ~~ ", label("p"), "wx", wave), paste0("wx", wave, " ~~ ", label("q"), "wy", wave),
               paste0("wy", wave, " ~~ ", label("r"), "wy", wave))
    if (wave > 1) {
      before <- wave - 1
      on <- function(one, other, name) if (name %in% without) NULL else
        paste0("w", one, wave, " ~ ", at(name, wave, equal_lags), "w", other, before)
      lines <- c(lines, on("x", "x", "a"), on("x", "y", "b"), on("y", "x", "c"), on("y", "y", "d"))
    }
  }
  # Levels go with nothing but each other.
  lines <- c(lines, paste0("level", c("x", "y"), " ~~ 0*wx1"), paste0("level", c("x", "y"), " ~~ 0*wy1"))
  paste(lines, collapse = "\n")
}

fitted_by <- function(data, name, equal_lags = TRUE, equal_innovations = FALSE, error = c(0, 0), without = character(), se = "standard") {
  waves <- max(data$wave); groups <- length(unique(data$group))
  wide <- reshape(data[c("person", "group", "wave", "first", "second")], idvar = c("person", "group"), timevar = "wave",
                  direction = "wide", sep = "")
  names(wide) <- sub("first", "x", sub("second", "y", names(wide)))
  wide <- wide[rowSums(!is.na(wide[-(1:2)])) > 0, ]
  fit <- lavaan(model(waves, equal_lags, equal_innovations, error, without, groups), wide, missing = "fiml", meanstructure = TRUE,
                group = if (groups > 1) "group" else NULL,
                control = list(rel.tol = 1e-10, iter.max = 20000, eval.max = 40000),
                em.h1.iter.max = 20000L, em.h1.tol = 1e-12, information = "observed", se = se)
  list(fit = fit, name = name)
}

words <- function(label) {
  label <- sub("^vx$", "levels variance of first", label); label <- sub("^vy$", "levels variance of second", label)
  label <- sub("^cxy$", "levels covariance", label)
  pair <- c(p = "variance of first", q = "covariance", r = "variance of second")
  lag <- c(a = "first on first", b = "first on second", c = "second on first", d = "second on second")
  for (one in names(pair)) {
    label <- sub(paste0("^", one, "first$"), paste("wave 1", pair[[one]]), label)
    label <- sub(paste0("^", one, "all$"), paste("later waves", pair[[one]]), label)
    label <- sub(paste0("^", one, "([0-9]+)$"), paste0("wave \\1 ", pair[[one]]), label)
  }
  for (one in names(lag)) {
    label <- sub(paste0("^", one, "$"), lag[[one]], label)
    label <- sub(paste0("^", one, "([0-9]+)$"), paste0(lag[[one]], " at wave \\1"), label)
  }
  label
}

rows_of <- function(found, data, measures = TRUE) {
  table <- parameterEstimates(found$fit, standardized = FALSE)
  table <- table[table$label != "" & !duplicated(table$label), ]
  out <- data.frame(model = found$name, set = data$set[1], term = words(table$label), estimate = table$est, std_error = table$se)
  asked <- c("logl", if (measures) c("chisq", "df", "pvalue", "rmsea", "rmsea.ci.lower", "rmsea.ci.upper", "cfi"))
  rbind(out, data.frame(model = found$name, set = data$set[1], term = asked, estimate = as.numeric(fitMeasures(found$fit, asked)), std_error = NA))
}

sets <- list(complete = drawn("complete", 1, 160, 4, 0), gaps = drawn("gaps", 2, 200, 4, 0.25),
             points = drawn("points", 3, 300, 5, 0.15, step = 1), errors = drawn("errors", 4, 400, 4, 0.1, error = c(0.5, 0.3)),
             arms = drawn("arms", 5, 210, 4, 0.1, groups = 3), three = drawn("three", 6, 350, 3, 0.1))
asked <- list(list("complete", "complete"), list("complete", "lags differ", equal_lags = FALSE),
              list("complete", "no lag of second on first", without = "c"), list("gaps", "gaps"),
              list("gaps", "gaps, robust", se = "robust.huber.white"), list("gaps", "one innovation", equal_innovations = TRUE), list("points", "points"),
              list("errors", "errors", error = c(0.25, 9 * 0.09)), list("points", "points, rounding known", error = c(1, 1) / 12),
              list("three", "three"), list("arms", "arms"))
out <- NULL
for (one in asked) {
  data <- sets[[one[[1]]]]
  found <- do.call(fitted_by, c(list(data, one[[2]]), one[-(1:2)]))
  # With groups lavaan's RMSEA and baseline count otherwise (groups' own variances), so only the likelihood is taken.
  out <- rbind(out, rows_of(found, data, measures = one[[2]] != "arms"))
}
options(digits = 15)
write.csv(do.call(rbind, sets), file.path(here, "waves.csv"), row.names = FALSE, na = "")
write.csv(cbind(out, versions = versions), file.path(here, "panel.csv"), row.names = FALSE, na = "")
