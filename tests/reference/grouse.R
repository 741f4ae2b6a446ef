# Poisson on sparse teams with a large spread: 118 broods of mostly 1 to 5 chicks.
source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))), "common.R"))
source(file.path(reference_folder(), "public_data.R"))

write_reference(
  "grouse", public_data$grouse(), bf(ticks ~ year + height + (1 | brood)), poisson(),
  group = "brood", covariates = c(yeary96 = "year[y96]", yeary97 = "year[y97]", height = "height"),
  priors = priors_of(
    intercept = c(0, 2), covariates = list(yeary96 = c(0, 2), yeary97 = c(0, 2), height = c(0, 2)),
    team_sd = list(intercept = 1)
  ),
  source = "grouseticks of R package lme4", draws = 8000
)
