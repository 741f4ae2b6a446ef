# Breslow and Clayton's model II of the seizures by maximum likelihood: Rscript docs/examples/scripts/seizures.R
# Writes the counts that Thall and Vail (1990) print (from R package MASS) as docs/examples/data/seizures.csv.
suppressPackageStartupMessages({library(MASS); library(lme4)})
columns <- c(patient = "subject", period = "period", seizures = "y", base = "base", age = "age")
data <- setNames(epil[columns], names(columns))
data$treated <- as.integer(epil$trt == "progabide")
write.csv(data, "docs/examples/data/seizures.csv", row.names = FALSE, quote = FALSE)
cat(sprintf("R %s.%s, MASS %s, lme4 %s\n", R.version$major, R.version$minor, packageVersion("MASS"), packageVersion("lme4")))

data$log_base <- log(data$base / 4)
data$base_treated <- data$log_base * data$treated
data$log_age <- log(data$age)
data$last <- as.integer(data$period == 4)
model <- seizures ~ log_base + treated + base_treated + log_age + last
cat("\nModel II, quadrature of 25 nodes (lme4::glmer):\n")
second <- glmer(update(model, . ~ . + (1 | patient)), data, poisson, nAGQ = 25)
print(round(coef(summary(second))[, 1:2], 3))
print(VarCorr(second), digits = 3)

cat("\nModel III, with noise in each period, by Laplace's approximation:\n")
data$row <- factor(seq_len(nrow(data)))
third <- glmer(update(model, . ~ . + (1 | patient) + (1 | row)), data, poisson)
print(round(coef(summary(third))[, 1:2], 3))
print(VarCorr(third), digits = 3)
