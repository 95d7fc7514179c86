# A mediated effect with the mediator's slope within persons, by lm and by hand: Rscript within.R (in this folder) writes within.csv.
d <- read.csv("within_data.csv")
wide <- reshape(d, idvar = c("person", "arm", "age"), timevar = "weeks", direction = "wide")
out <- data.frame(what = character(), name = character(), estimate = numeric())
put <- function(what, name, estimate) out <<- rbind(out, data.frame(what, name, estimate = unname(estimate)))

# As recorded: a level for each person and each visit, what is adjusted for acting otherwise at each visit.
slope <- coef(lm(pain ~ factor(person) + factor(weeks) * (arm + age) + hip, d))["hip"]
total <- coef(lm(pain.12 ~ arm + age + pain.0 + hip.0, wide))["arm"]
shift <- coef(lm(hip.12 ~ arm + age + pain.0 + hip.0, wide))["arm"]
put("naive", "slope", slope)
put("naive", "total", total)
put("naive", "indirect", slope * shift)
put("naive", "direct", total - slope * shift)

# With an error variance of a tenth of what hip extension varies by at baseline taken off.
n <- nrow(wide)
error <- 0.1 * var(wide$hip.0) * (n - 1) / n
weeks <- unique(d$weeks)
rest <- function(name) sapply(weeks, function(week) resid(lm(wide[[paste0(name, ".", week)]] ~ arm + age, wide)))
hip <- rest("hip"); pain <- rest("pain")
hip <- hip - rowMeans(hip); pain <- pain - rowMeans(pain)
slope <- sum(hip * pain) / (sum(hip^2) - n * (length(weeks) - 1) * error)
moments <- cov(wide[c("arm", "age", "pain.0", "hip.0", "hip.12", "pain.12")]) * (n - 1) / n
moments["hip.0", "hip.0"] <- moments["hip.0", "hip.0"] - error
before <- c("arm", "age", "pain.0", "hip.0")
effect <- function(of) solve(moments[before, before], moments[before, of])[1]
put("corrected", "slope", slope)
put("corrected", "total", effect("pain.12"))
put("corrected", "indirect", slope * effect("hip.12"))
put("corrected", "direct", effect("pain.12") - slope * effect("hip.12"))
write.csv(format(out, digits = 15), "within.csv", row.names = FALSE, quote = FALSE)
cat(R.version.string, "\n", file = "within_versions.txt")
