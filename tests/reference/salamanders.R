# Negative binomial, numeric and categorical covariates, varying intercept: 23 streams, 28 counts each.
source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))), "common.R"))
source(file.path(reference_folder(), "public_data.R"))

species <- paste0("species", c("DF", "DM", "ECA", "ECL", "GP", "PR"))
write_reference(
  "salamanders", public_data$salamanders(),
  bf(count ~ mined + species + DOY + Wtemp + (1 | site)), negbinomial(), group = "site",
  covariates = c(
    minedyes = "mined[yes]",
    setNames(paste0("species[", sub("species", "", species), "]"), species),
    DOY = "DOY", Wtemp = "Wtemp"
  ),
  priors = priors_of(
    intercept = c(0, 2),
    covariates = c(
      list(minedyes = c(0, 2)), setNames(rep(list(c(0, 2)), length(species)), species),
      list(DOY = c(0, 1), Wtemp = c(0, 1))
    ),
    team_sd = list(intercept = 2), dispersion = 0.1
  ),
  source = "Salamanders of R package glmmTMB", draws = 3000
)
