# The example study in brms: Rscript docs/compared/scripts/brms.R
suppressPackageStartupMessages(library(brms))
rstan::rstan_options(boost_lib = "/usr/include")
levels <- c("never", "yearly", "quarterly", "monthly", "weekly")
study <- read.csv("src/learnclimate/survey/data/example.csv")
study <- study[complete.cases(study[c("team", "talk", "tenure", "contract", "activities")]) & study$talk != "", ]
study$talk <- factor(study$talk, levels, ordered = TRUE)
fit <- brm(
  activities ~ mo(talk) + tenure + contract + (1 + mo(talk) | team),
  data = study, family = negbinomial(), chains = 4, cores = 2, seed = 1, refresh = 0,
  prior = c(prior(normal(0, 0.25), class = "b", coef = "motalk"), prior(exponential(2), class = "sd"))
)
cat(sprintf("brms %s, R %s.%s: %d respondents\n", packageVersion("brms"), R.version$major,
            R.version$minor, nrow(study)))
print(summary(fit), digits = 2)
# Rate ratio of weekly against never, average team: four steps of the monotone effect.
draws <- as_draws_df(fit)
ratio <- exp(4 * draws$bsp_motalk)
cat("\nRate ratio, weekly against never, average team:\n")
print(round(c(mean = mean(ratio), quantile(ratio, c(0.05, 0.5, 0.95))), 2))
cat("\nBulk ESS of the slope, R-hat:", round(posterior::ess_bulk(draws$bsp_motalk)), round(posterior::rhat(draws$bsp_motalk), 3), "\n")
