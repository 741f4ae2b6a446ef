# Shared by the scripts of this folder: fit a count model by brms and write what a test compares.
#
# The names and units written are those of learnclimate. brms reports the slope of mo() per step
# (the mean difference between adjacent levels); here it is per whole range, highest against
# lowest level, so slope and its standard deviation over teams are multiplied by the number of steps.

suppressMessages({
  library(brms)
  library(jsonlite)
})
# Debian keeps the Boost headers that rstan compiles with outside of R package BH.
if (file.exists("/usr/include/boost/version.hpp")) {
  rstan::rstan_options(boost_lib = "/usr/include")
}

reference_folder <- function() {
  file <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))
  normalizePath(dirname(file))
}

number <- function(value) format(value, digits = 17)

# The priors of a reference, in the units of learnclimate; mapped to brms in reference_priors().
# team_sd is the rate of an exponential prior, by team effect.
priors_of <- function(intercept, frequency = NULL, covariates = NULL, team_sd, dispersion = NULL,
                      team_correlation = NULL) {
  list(intercept = intercept, frequency = frequency, covariates = covariates, team_sd = team_sd,
       dispersion = dispersion, team_correlation = team_correlation)
}

reference_priors <- function(priors, group, steps) {
  normal <- function(x, scale = 1) {
    sprintf("normal(%s, %s)", number(x[[1]] / scale), number(x[[2]] / scale))
  }
  chosen <- set_prior(normal(priors$intercept), class = "Intercept")
  for (name in names(priors$covariates)) {
    chosen <- chosen + set_prior(normal(priors$covariates[[name]]), class = "b", coef = name)
  }
  for (name in names(priors$frequency)) {
    term <- paste0("mo", name)
    chosen <- chosen +
      set_prior(normal(priors$frequency[[name]], steps[[name]]), class = "b", coef = term) +
      set_prior("dirichlet(1)", class = "simo", coef = paste0(term, 1))
  }
  for (name in names(priors$team_sd)) {
    is_intercept <- name == "intercept"
    rate <- priors$team_sd[[name]] * if (is_intercept) 1 else steps[[name]]
    chosen <- chosen + set_prior(
      sprintf("exponential(%s)", number(rate)), class = "sd", group = group,
      coef = if (is_intercept) "Intercept" else paste0("mo", name)
    )
  }
  if (!is.null(priors$dispersion)) {
    chosen <- chosen + set_prior(sprintf("exponential(%s)", number(priors$dispersion)), class = "shape")
  }
  if (!is.null(priors$team_correlation)) {
    chosen <- chosen + set_prior(sprintf("lkj(%s)", number(priors$team_correlation)), class = "cor")
  }
  chosen
}

# From brms' draws to those of learnclimate, one column a parameter.
learnclimate_draws <- function(fit, group, frequencies, covariates, steps) {
  draws <- posterior::as_draws_df(fit)
  columns <- list(intercept = draws$b_Intercept)
  for (name in names(covariates)) {
    columns[[sprintf("covariate_effects[%s]", covariates[[name]])]] <- draws[[paste0("b_", name)]]
  }
  for (name in frequencies) {
    effect <- draws[[paste0("bsp_mo", name)]] * steps[[name]]
    columns[[sprintf("frequency_effect[%s]", name)]] <- effect
    for (step in seq_len(steps[[name]])) {
      share <- draws[[sprintf("simo_mo%s1[%d]", name, step)]]
      columns[[sprintf("frequency_shape[%s,%d]", name, step)]] <- share
    }
  }
  brms_name <- function(effect) if (effect == "intercept") "Intercept" else paste0("mo", effect)
  scale <- function(effect) if (effect == "intercept") 1 else steps[[effect]]
  effects <- c("intercept", frequencies)
  present <- vapply(effects, function(effect) {
    !is.null(draws[[sprintf("sd_%s__%s", group, brms_name(effect))]])
  }, logical(1))
  effects <- effects[present]
  for (effect in effects) {
    sd <- draws[[sprintf("sd_%s__%s", group, brms_name(effect))]]
    columns[[sprintf("team_sd[%s]", effect)]] <- sd * scale(effect)
  }
  for (first in seq_along(effects)) {
    for (second in seq_along(effects)) {
      if (second > first) {
        name <- sprintf("cor_%s__%s__%s", group, brms_name(effects[first]), brms_name(effects[second]))
        ours <- sprintf("team_correlation[%s,%s]", effects[first], effects[second])
        columns[[ours]] <- draws[[name]]
      }
    }
  }
  if ("shape" %in% names(draws)) columns$dispersion <- draws$shape
  for (team in levels(factor(fit$data[[group]]))) {
    for (effect in effects) {
      # brms writes a dot for a space in the label of a group.
      name <- sprintf("r_%s[%s,%s]", group, gsub("[ \t\r\n]", ".", team), brms_name(effect))
      columns[[sprintf("team_effects[%s,%s]", team, effect)]] <- draws[[name]] * scale(effect)
    }
  }
  frame <- as.data.frame(columns, check.names = FALSE)
  frame$.chain <- draws$.chain
  frame$.iteration <- draws$.iteration
  frame$.draw <- draws$.draw
  posterior::as_draws_df(frame)
}

# Fit one reference and write <name>.json.
#   formula     right-hand side and outcome, as brms takes them
#   group       column of the teams
#   frequencies columns inside mo()
#   covariates  named by brms' coefficient, valued by the coordinate of learnclimate
#   priors      from priors_of()
write_reference <- function(name, data, formula, family, group, priors, source,
                            frequencies = character(), covariates = character(),
                            draws = 5000, adapt_delta = 0.95, seed = 20261124) {
  steps <- vapply(frequencies, function(column) nlevels(data[[column]]) - 1, numeric(1))
  chosen <- reference_priors(priors, group, as.list(steps))
  fit <- brm(
    formula, data = data, family = family, prior = chosen, chains = 4, cores = 2,
    iter = 1000 + draws, warmup = 1000, seed = seed, refresh = 2000,
    control = list(adapt_delta = adapt_delta, max_treedepth = 12)
  )
  if (nzchar(Sys.getenv("SHOW_STAN"))) cat(stancode(fit))
  ours <- learnclimate_draws(fit, group, frequencies, covariates, as.list(steps))
  table <- posterior::summarise_draws(
    ours, mean = mean, sd = sd, mcse_mean = posterior::mcse_mean, mcse_sd = posterior::mcse_sd,
    ess_bulk = posterior::ess_bulk, ess_tail = posterior::ess_tail, rhat = posterior::rhat
  )
  parameters <- lapply(seq_len(nrow(table)), function(row) {
    as.list(signif(unlist(table[row, -1]), 7))
  })
  names(parameters) <- table$variable
  nuts <- nuts_params(fit)
  if (length(covariates)) names(priors$covariates) <- unname(covariates[names(priors$covariates)])
  packages <- c("brms", "rstan", "StanHeaders", "posterior", "lme4", "glmmTMB", "mlmRev", "MASS")
  versions <- lapply(setNames(nm = packages), function(p) as.character(packageVersion(p)))
  reference <- list(
    name = name, source = source, n_rows = nrow(data), n_teams = length(unique(data[[group]])),
    formula = gsub("[ \n]+", " ", paste(deparse(formula$formula), collapse = " ")),
    family = family$family, priors = priors,
    brms_priors = gsub(" +", " ", capture.output(print(as.data.frame(prior_summary(fit))[, c("prior", "class", "coef", "group")]))),
    sampler = list(
      chains = 4, warmup = 1000, draws_per_chain = draws, seed = seed, adapt_delta = adapt_delta,
      divergent = sum(subset(nuts, Parameter == "divergent__")$Value),
      seconds = round(max(rowSums(rstan::get_elapsed_time(fit$fit))), 1)
    ),
    versions = c(list(R = as.character(getRversion())), versions),
    parameters = parameters
  )
  path <- file.path(reference_folder(), paste0(name, ".json"))
  writeLines(toJSON(reference, auto_unbox = TRUE, digits = 8, pretty = TRUE), path)
  outer <- !grepl("^team_effects", table$variable)
  print(as.data.frame(table[outer, ]), digits = 3)
  cat("worst MCSE / sd:", max(table$mcse_mean / table$sd), " smallest bulk ESS:", min(table$ess_bulk),
      " divergent:", reference$sampler$divergent, "\n")
  invisible(fit)
}
