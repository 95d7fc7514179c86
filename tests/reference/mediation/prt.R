# The naive split of PRT's effect on pain by fear of movement, people without gaps: Rscript prt.R FOLDER (of prt-back-pain) writes prt.csv.
folder <- commandArgs(TRUE)[1]
d <- read.csv(file.path(folder, "outcomes_baseline_posttreatment.csv"), na.strings = c("", "NaN"))
d <- d[d$is_patient == 1 & !is.na(d$group), ]
one <- d[d$time == 1, c("id", "group", "age", "gender", "pain_avg", "tsk11")]
two <- d[d$time == 2, c("id", "pain_avg", "tsk11")]
m <- merge(one, two, by = "id", suffixes = c("0", "4"))
m <- m[complete.cases(m), ]
m$arm <- relevel(factor(m$group, levels = 1:3, labels = c("PRT", "placebo", "usual")), ref = "usual")
total <- coef(lm(pain_avg4 ~ arm + age + gender + pain_avg0 + tsk110, m))["armPRT"]
direct <- coef(lm(pain_avg4 ~ arm + age + gender + pain_avg0 + tsk110 + tsk114, m))["armPRT"]
out <- data.frame(name = c("people", "total", "direct", "indirect"), estimate = unname(c(nrow(m), total, direct, total - direct)))
write.csv(out, "prt.csv", row.names = FALSE)
cat(R.version.string, "\n")
