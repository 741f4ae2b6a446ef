# May leadership of learning be aggregated? In multilevel: Rscript docs/compared/scripts/multilevel.R
suppressPackageStartupMessages(library(multilevel))
study <- read.csv("src/learnclimate/survey/data/example.csv")
items <- grep("^leadership_of_learning", names(study), value = TRUE)
study <- study[complete.cases(study[c(items, "team")]), ]
study$score <- rowMeans(study[items])
cat(sprintf("multilevel %s, R %s.%s: %d respondents\n\n", packageVersion("multilevel"),
            R.version$major, R.version$minor, nrow(study)))
agreement <- rwg.j(study[items], study$team, ranvar = 2)
cat("rwg(j), uniform null, of the teams:\n")
print(round(summary(agreement$rwg.j), 3))
deviation <- ad.m(study[items], study$team)
cat("\nAverage deviation from the item means, of the teams:\n")
print(round(summary(deviation$AD.M), 3))
analysis <- aov(score ~ as.factor(team), study)
cat("\nICC(1):", round(ICC1(analysis), 4), "  ICC(2):", round(ICC2(analysis), 4), "\n")
