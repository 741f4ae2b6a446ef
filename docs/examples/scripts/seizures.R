# Breslow and Clayton's model of the seizures, by two programs: Rscript docs/examples/scripts/seizures.R
# Writes the counts that Thall and Vail (1990) print (from R package MASS) as docs/examples/data/seizures.csv.
suppressPackageStartupMessages({library(MASS); library(lme4)})
data <- epil
data$treated <- as.integer(data$trt == "progabide")
data$last <- data$V4
data$base_treated <- data$lbase * data$treated
columns <- c(patient = "subject", period = "period", seizures = "y", base = "base", age = "age", treated = "treated")
write.csv(setNames(data[columns], names(columns)), "docs/examples/data/seizures.csv", row.names = FALSE, quote = FALSE)
cat(sprintf("R %s.%s, MASS %s, lme4 %s\n", R.version$major, R.version$minor, packageVersion("MASS"), packageVersion("lme4")))

cat("\nPenalised quasi-likelihood (MASS::glmmPQL), as Breslow and Clayton computed it:\n")
pql <- glmmPQL(y ~ lbase + treated + base_treated + lage + last, random = ~ 1 | subject,
               family = poisson, data = data, verbose = FALSE)
print(round(summary(pql)$tTable[, 1:2], 3))
print(nlme::VarCorr(pql))

cat("\nMaximum likelihood by quadrature of 25 nodes (lme4::glmer):\n")
ml <- glmer(y ~ lbase + treated + base_treated + lage + last + (1 | subject), data, poisson, nAGQ = 25)
print(round(coef(summary(ml))[, 1:2], 3))
print(VarCorr(ml), digits = 3)
