# Rscript rates.R: R's glm of counts in rates_data.csv with the sandwich HC3; writes rates.csv.
suppressMessages(library(sandwich))
d <- read.csv("rates_data.csv")
f <- glm(injuries ~ km + age, poisson, d, control = glm.control(epsilon = 1e-14, maxit = 100))
out <- data.frame(term = names(coef(f)), estimate = coef(f), std_error = sqrt(diag(vcovHC(f, type = "HC3"))),
                  made_by = paste0("R ", getRversion(), ", sandwich ", packageVersion("sandwich")))
write.csv(format(out, digits = 14), "rates.csv", row.names = FALSE)
