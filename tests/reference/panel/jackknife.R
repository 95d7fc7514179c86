# Rscript jackknife.R: the panel model of the first 60 people of waves.csv's complete set, fitted anew by lavaan without each of them;
# standard errors by the jackknife, written to jackknife.csv. Run after panel.R, which draws waves.csv.
suppressMessages(library(lavaan))
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
versions <- paste0(R.version.string, "; lavaan ", packageVersion("lavaan"))

rows <- read.csv(file.path(here, "waves.csv"))
rows <- rows[rows$set == "complete" & rows$person <= 60, ]
wide <- reshape(rows[c("person", "wave", "first", "second")], idvar = "person", timevar = "wave", direction = "wide", sep = "")
names(wide) <- sub("first", "x", sub("second", "y", names(wide)))

t <- 1:4
lines <- c(paste("levelx =~", paste0("1*x", t, collapse = " + ")), paste("levely =~", paste0("1*y", t, collapse = " + ")),
           "levelx ~~ levels_variance_of_first*levelx", "levelx ~~ levels_covariance*levely", "levely ~~ levels_variance_of_second*levely",
           "levelx ~~ 0*wx1 + 0*wy1", "levely ~~ 0*wx1 + 0*wy1")
for (wave in t) {
  lines <- c(lines, sprintf("wx%1$d =~ 1*x%1$d; wy%1$d =~ 1*y%1$d; x%1$d ~~ 0*x%1$d; y%1$d ~~ 0*y%1$d; x%1$d ~ 1; y%1$d ~ 1", wave),
             sprintf("wx%1$d ~~ wave_%1$d_variance_of_first*wx%1$d", wave), sprintf("wx%1$d ~~ wave_%1$d_covariance*wy%1$d", wave),
             sprintf("wy%1$d ~~ wave_%1$d_variance_of_second*wy%1$d", wave))
  if (wave > 1) lines <- c(lines, sprintf("wx%d ~ first_on_first*wx%d + first_on_second*wy%d", wave, wave - 1, wave - 1),
                           sprintf("wy%d ~ second_on_first*wx%d + second_on_second*wy%d", wave, wave - 1, wave - 1))
}
model <- paste(lines, collapse = "\n")

estimates <- function(people) {
  fit <- lavaan(model, people, meanstructure = TRUE, se = "none", test = "none", control = list(rel.tol = 1e-12, iter.max = 20000, eval.max = 40000))
  table <- parameterEstimates(fit, se = FALSE)
  table <- table[table$label != "" & !duplicated(table$label), ]
  setNames(table$est, gsub("_", " ", table$label))
}

each <- t(sapply(seq_len(nrow(wide)), function(one) estimates(wide[-one, ])))
n <- nrow(wide)
std_error <- sqrt((n - 1) / n * colSums(scale(each, scale = FALSE)^2))
options(digits = 15)
write.csv(data.frame(term = names(std_error), std_error = std_error, versions = versions), file.path(here, "jackknife.csv"), row.names = FALSE)
