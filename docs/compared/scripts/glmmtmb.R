# The example study in glmmTMB: Rscript docs/compared/scripts/glmmtmb.R
suppressPackageStartupMessages(library(glmmTMB))
levels <- c("never", "yearly", "quarterly", "monthly", "weekly")
study <- read.csv("src/learnclimate/survey/data/example.csv")
study <- study[complete.cases(study[c("team", "talk", "tenure", "contract", "activities")]) & study$talk != "", ]
# There is no monotone term: levels free of each other, and a slope of teams over equal steps.
study$step <- (match(study$talk, levels) - 1) / 4
study$talk <- factor(study$talk, levels)
fit <- glmmTMB(
  activities ~ talk + tenure + contract + (1 + step | team), data = study, family = nbinom2
)
cat(sprintf("glmmTMB %s, R %s.%s: %d respondents\n", packageVersion("glmmTMB"), R.version$major,
            R.version$minor, nrow(study)))
print(summary(fit))
cat("Rate ratio, weekly against never, average team, with 90% Wald interval:\n")
print(round(exp(confint(fit, "talkweekly", level = 0.9)[1, ]), 2))
