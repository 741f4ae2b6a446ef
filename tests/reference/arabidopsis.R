# Negative binomial with large counts and heavy dispersion, varying intercept: 24 genotypes.
source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))), "common.R"))
source(file.path(reference_folder(), "public_data.R"))

covariates <- c(
  nutrientn8 = "nutrient[n8]", clippingunclipped = "clipping[unclipped]", rackr2 = "rack[r2]",
  statusPetri.Plate = "status[Petri.Plate]", statusTransplant = "status[Transplant]"
)
write_reference(
  "arabidopsis", public_data$arabidopsis(),
  bf(fruits ~ nutrient + clipping + rack + status + (1 | genotype)), negbinomial(),
  group = "genotype", covariates = covariates,
  priors = priors_of(
    intercept = c(3, 2), covariates = setNames(rep(list(c(0, 2)), 5), names(covariates)),
    team_sd = list(intercept = 2), dispersion = 0.1
  ),
  source = "Arabidopsis of R package lme4", draws = 3000
)
