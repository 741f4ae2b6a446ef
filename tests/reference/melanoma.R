# Poisson, exposure, one numeric covariate, varying intercept: deaths in 78 regions.
source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))), "common.R"))
source(file.path(reference_folder(), "public_data.R"))

write_reference(
  "melanoma", public_data$melanoma(), bf(deaths ~ uvb + offset(log(expected)) + (1 | region)),
  poisson(), group = "region", covariates = c(uvb = "uvb"),
  priors = priors_of(
    intercept = c(0, 2), covariates = list(uvb = c(0, 0.5)), team_sd = list(intercept = 2)
  ),
  source = "Mmmec of R package mlmRev", draws = 10000
)
