# Rscript two_groups.R: groin pain of those who fell and those who did not (two_groups_data.csv), adjusted for age by R's glm and mean predictions,
# and Wilson's intervals by prop.test; writes two_groups.csv.
d <- read.csv("two_groups_data.csv")
f <- glm(groin ~ fell + age, binomial, d, control = glm.control(epsilon = 1e-14, maxit = 100))
risk <- function(with) { e <- d; e$fell <- with; mean(predict(f, e, type = "response")) }
share <- function(with) { g <- d$groin[d$fell == with]; c(mean(g), prop.test(sum(g), length(g), correct = FALSE)$conf.int) }
out <- data.frame(
  name = c("risk difference", "share undone", "with", "with low", "with high", "without", "without low", "without high"),
  value = c(risk(1) - risk(0), 1 - risk(0) / risk(1), share(1), share(0)),
  made_by = paste0("R ", getRversion()))
write.csv(format(out, digits = 14, trim = TRUE), "two_groups.csv", row.names = FALSE, quote = FALSE)
