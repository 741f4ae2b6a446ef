# Negative binomial, monotone period, varying correlated slope of it: 59 patients, 4 counts each.
source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))), "common.R"))
source(file.path(reference_folder(), "public_data.R"))

write_reference(
  "seizures", public_data$seizures(),
  bf(seizures ~ treatment + base + age + mo(period) + (1 + mo(period) | patient)), negbinomial(),
  group = "patient", frequencies = "period",
  covariates = c(treatmentprogabide = "treatment[progabide]", base = "base", age = "age"),
  priors = priors_of(
    intercept = c(2, 2), frequency = list(period = c(0, 1)),
    covariates = list(treatmentprogabide = c(0, 2), base = c(0, 2), age = c(0, 2)),
    team_sd = list(intercept = 2, period = 2), dispersion = 0.1, team_correlation = 2
  ),
  source = "epil of R package MASS", draws = 12000, adapt_delta = 0.99
)
