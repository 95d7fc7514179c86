# Rscript recurrence.R: what R's survival says of recurrent.csv. Writes hazard.csv, zph.csv, curves.csv.
suppressMessages(library(survival))
made_by <- paste0("R ", getRversion(), ", survival ", packageVersion("survival"))
d <- read.csv("recurrent.csv")
hazard <- data.frame(); zph <- data.frame()
add <- function(model, f) {
  for (i in seq_along(coef(f))) hazard <<- rbind(hazard, data.frame(
    model = model, term = names(coef(f))[i], estimate = coef(f)[[i]], robust_se = sqrt(f$var[i, i]),
    model_se = sqrt(f$naive.var[i, i]), log_likelihood = f$loglik[2], made_by = made_by))
}
control <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 50)
ag <- coxph(Surv(start, stop, event) ~ x + z, d, ties = "efron", cluster = id, control = control)
pwp <- coxph(Surv(gap_start, gap, event) ~ x + z + strata(number), d, ties = "efron", cluster = id, control = control)
add("Andersen-Gill", ag); add("PWP gap time", pwp)
for (m in c("Andersen-Gill", "PWP gap time")) {
  f <- if (m == "Andersen-Gill") ag else pwp
  t <- cox.zph(f, transform = "identity", terms = FALSE, global = FALSE)$table
  zph <- rbind(zph, data.frame(model = m, term = rownames(t), chisq = t[, 1], p = t[, 3], made_by = made_by))
}
km <- survfit(Surv(gap_start, gap, event) ~ 1, d, cluster = id, conf.type = "log-log")
curves <- data.frame(curve = "event free", time = km$time, value = km$surv, std_error = if (km$logse) km$std.err * km$surv else km$std.err,
                     conf_low = km$lower, conf_high = km$upper)
na <- survfit(Surv(start, stop, event) ~ 1, d, cluster = id)
curves <- rbind(curves, data.frame(curve = "mean events", time = na$time, value = na$cumhaz,
                                   std_error = na$std.chaz, conf_low = NA, conf_high = NA))
s <- read.csv("states.csv")
s$to <- factor(ifelse(s$change == 0, "none", ifelse(s$flare == 1, "calm", "flare")), c("none", "calm", "flare"))
s$from <- factor(ifelse(s$flare == 1, "flare", "calm"), c("calm", "flare"))
# Without influence = TRUE this version leaves out of std.err that the shares at the start are estimated too.
aj <- survfit(Surv(start, stop, to) ~ 1, s, id = id, istate = from, influence = TRUE)
k <- which(aj$states == "flare")
curves <- rbind(curves, data.frame(curve = "share in state", time = aj$time, value = aj$pstate[, k],
                                   std_error = aj$std.err[, k], conf_low = NA, conf_high = NA))
curves$made_by <- made_by
write.csv(format(hazard, digits = 15), "hazard.csv", row.names = FALSE)
write.csv(format(zph, digits = 15), "zph.csv", row.names = FALSE)
write.csv(format(curves, digits = 15), "curves.csv", row.names = FALSE)
