# One R engine in a process of its own, started by benchmarks.engines.
#
# Rscript engine.R ENGINE FORM FOLDER OUT TIMES: fits TIMES times in the same process, without
# compiling anew where the engine allows; the clock starts at BENCHMARK_START, before R does.

arguments <- commandArgs(TRUE)
engine <- arguments[[1]]
form <- arguments[[2]]
folder <- arguments[[3]]
out <- arguments[[4]]
times <- as.integer(arguments[[5]])
start <- as.numeric(Sys.getenv("BENCHMARK_START"))
suppressMessages(library(jsonlite))
options(mc.cores = parallel::detectCores())

told <- fromJSON(file.path(folder, "problem.json"))
priors <- told$priors
frame <- read.csv(file.path(folder, "data.csv"))
frame$talk <- factor(frame$talk, levels = told$levels, ordered = TRUE)
frame$contract <- factor(frame$contract)
frame$team <- factor(frame$team)
steps <- length(told$levels) - 1
number <- function(value) format(value, digits = 15)
normal <- function(pair, scale = 1) {
  sprintf("normal(%s, %s)", number(pair[1] / scale), number(pair[2] / scale))
}

brms_sampler <- function() {
  suppressMessages(library(brms))
  if (file.exists("/usr/include/boost/version.hpp")) rstan::rstan_options(boost_lib = "/usr/include")
  monotone <- form == "monotonic"
  slope <- if (monotone) "motalk" else "talk_score"
  scale <- if (monotone) steps else 1
  chosen <- c(
    set_prior(normal(priors$intercept), class = "Intercept"),
    set_prior(normal(priors$tenure), class = "b", coef = "tenure"),
    set_prior(normal(priors$contract), class = "b", coef = "contracttemporary"),
    set_prior(normal(priors$frequency, scale), class = "b", coef = slope),
    set_prior(sprintf("exponential(%s)", priors$team_sd), class = "sd", group = "team", coef = "Intercept"),
    set_prior(sprintf("exponential(%s)", priors$team_sd * scale), class = "sd", group = "team", coef = slope),
    set_prior(sprintf("lkj(%s)", priors$team_correlation), class = "cor"),
    set_prior(sprintf("exponential(%s)", priors$dispersion), class = "shape")
  )
  if (monotone) chosen <- c(chosen, set_prior("dirichlet(1)", class = "simo", coef = "motalk1"))
  formula <- if (monotone) {
    bf(activities ~ tenure + contract + mo(talk) + (1 + mo(talk) | team))
  } else {
    bf(activities ~ tenure + contract + talk_score + (1 + talk_score | team))
  }
  fitted <- NULL
  function(seed) {
    fitted <<- if (is.null(fitted)) {
      brm(formula, data = frame, family = negbinomial(), prior = chosen, chains = 4,
          iter = 2000, warmup = 1000, seed = seed, refresh = 0, save_pars = save_pars(all = FALSE))
    } else {
      update(fitted, recompile = FALSE, seed = seed, refresh = 0)
    }
    draws <- posterior::as_draws_df(fitted)
    at <- function(name) draws[[name]]
    columns <- list(
      intercept = at("b_Intercept"),
      `frequency_effect[0]` = at(if (monotone) "bsp_motalk" else "b_talk_score") * scale,
      `covariate_effects[0]` = at("b_tenure"), `covariate_effects[1]` = at("b_contracttemporary"),
      `team_sd[0]` = at("sd_team__Intercept"),
      `team_sd[1]` = at(paste0("sd_team__", slope)) * scale,
      `team_correlation[0, 1]` = at(paste0("cor_team__Intercept__", slope)),
      dispersion = at("shape")
    )
    if (monotone) {
      for (step in seq_len(steps)) {
        columns[[sprintf("frequency_shape[0, %d]", step - 1)]] <- at(sprintf("simo_motalk1[%d]", step))
      }
    }
    outer <- names(columns)
    effects <- grep("^r_team", names(draws), value = TRUE)
    keep <- effects[unique(round(seq(1, length(effects), length.out = min(400, length(effects)))))]
    for (name in keep) columns[[name]] <- at(name)
    frame <- as.data.frame(columns, check.names = FALSE)
    for (name in c(".chain", ".iteration", ".draw")) frame[[name]] <- draws[[name]]
    list(draws = posterior::as_draws_df(frame), outer = outer,
         remarks = list(divergent = sum(subset(nuts_params(fitted), Parameter == "divergent__")$Value)))
  }
}

# rstanarm has no monotone predictor and priors of its own for the covariance of team effects.
rstanarm_sampler <- function() {
  suppressMessages(library(rstanarm))
  function(seed) {
    fitted <- stan_glmer.nb(
      activities ~ tenure + contract + talk_score + (1 + talk_score | team), data = frame,
      prior_intercept = rstanarm::normal(priors$intercept[1], priors$intercept[2]),
      prior = rstanarm::normal(0, c(priors$tenure[2], priors$contract[2], priors$frequency[2])),
      prior_covariance = decov(priors$team_correlation), chains = 4, iter = 2000, seed = seed,
      refresh = 0
    )
    draws <- posterior::as_draws_df(as.array(fitted))
    at <- function(name) draws[[name]]
    one <- sqrt(at("Sigma[team:(Intercept),(Intercept)]"))
    two <- sqrt(at("Sigma[team:talk_score,talk_score]"))
    columns <- list(
      intercept = at("(Intercept)"), `frequency_effect[0]` = at("talk_score"),
      `covariate_effects[0]` = at("tenure"), `covariate_effects[1]` = at("contracttemporary"),
      `team_sd[0]` = one, `team_sd[1]` = two,
      `team_correlation[0, 1]` = at("Sigma[team:talk_score,(Intercept)]") / (one * two),
      dispersion = at("reciprocal_dispersion")
    )
    outer <- names(columns)
    effects <- grep("^b\\[", names(draws), value = TRUE)
    for (name in effects[seq_len(min(400, length(effects)))]) columns[[name]] <- at(name)
    frame <- as.data.frame(columns, check.names = FALSE)
    for (name in c(".chain", ".iteration", ".draw")) frame[[name]] <- draws[[name]]
    list(draws = posterior::as_draws_df(frame), outer = outer,
         remarks = list(divergent = sum(rstan::get_num_divergent(fitted$stanfit))))
  }
}

# A point estimate by Laplace's approximation, timed alone.
glmmTMB_sampler <- function() {
  suppressMessages(library(glmmTMB))
  function(seed) {
    fitted <- suppressWarnings(glmmTMB(
      activities ~ tenure + contract + talk_score + (1 + talk_score | team), data = frame,
      family = nbinom2()
    ))
    effects <- fixef(fitted)$cond
    spread <- VarCorr(fitted)$cond$team
    sds <- unname(attr(spread, "stddev"))
    list(
      mean = list(
        intercept = effects[["(Intercept)"]], `frequency_effect[0]` = effects[["talk_score"]],
        `covariate_effects[0]` = effects[["tenure"]],
        `covariate_effects[1]` = effects[["contracttemporary"]],
        `team_sd[0]` = sds[1], `team_sd[1]` = sds[2],
        `team_correlation[0, 1]` = attr(spread, "correlation")[1, 2], dispersion = sigma(fitted)
      ),
      remarks = list(converged = fitted$fit$convergence == 0, positive_definite = fitted$sdr$pdHess)
    )
  }
}

sample_once <- switch(engine, brms = brms_sampler(), rstanarm = rstanarm_sampler(), glmmTMB = glmmTMB_sampler())
seconds <- numeric()
for (run in seq_len(times)) {
  drawn <- sample_once(run)
  now <- as.numeric(Sys.time())
  seconds <- c(seconds, now - start)
  start <- now
}

result <- list(seconds = I(seconds), remarks = drawn$remarks)
if (is.null(drawn$draws)) {
  result$mean <- drawn$mean
} else {
  table <- posterior::summarise_draws(
    drawn$draws, mean = mean, sd = sd, ess = posterior::ess_bulk, rhat = posterior::rhat
  )
  is_outer <- table$variable %in% drawn$outer
  worst <- which.min(table$ess)
  result$min_ess_bulk <- table$ess[worst]
  result$least_known <- table$variable[worst]
  result$max_rhat <- max(table$rhat)
  result$n_checked <- nrow(table)
  result$n_draws <- nrow(drawn$draws)
  result$mean <- setNames(as.list(table$mean[is_outer]), table$variable[is_outer])
  result$sd <- setNames(as.list(table$sd[is_outer]), table$variable[is_outer])
}
packages <- if (engine == "glmmTMB") c("glmmTMB", "TMB") else c(engine, "rstan", "StanHeaders")
result$versions <- c(
  list(R = as.character(getRversion())),
  lapply(setNames(nm = packages), function(p) as.character(packageVersion(p)))
)
writeLines(toJSON(result, auto_unbox = TRUE, digits = 10, pretty = TRUE), out)
