# Families with a zero part, so many out of K, and answer options, each fitted by brms to a small
# simulated data set. Rscript families.R NAME fits one; without a name all.
#
# Predictors enter as 0 + Intercept + ..., so that brms does not centre them: the priors are then
# those of learnclimate, whose intercept is at the lowest level of talk and the mean of x. The
# intercepts written are at x = 0, as learnclimate reports them.
#
# Answer options enter by a family of their own, which adds up brms' negative binomial over the
# counts of an option. cens() says the same (formulas.R shows that brms takes it), but Stan computes
# it by incomplete beta functions: 8 minutes of a processor did not finish it.
source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))), "common.R"))

simulated <- function(name) {
  set.seed(20261125)
  team <- rep(sprintf("t%02d", 1:24), each = 10)
  size <- length(team)
  talk <- sample(c("never", "monthly", "weekly"), size, replace = TRUE)
  x <- round(rnorm(size, 1, 1), 2)
  half <- c(never = 0, monthly = 0.5, weekly = 1)[talk]
  own <- rep(rnorm(24, 0, 0.5), each = 10)
  expected <- exp(0.9 + 0.7 * half + 0.2 * x + own)
  zero <- plogis(-0.6 - 0.9 * half + 0.3 * x)
  above_zero <- function(draw) {
    n <- draw(seq_len(size))
    while (any(n == 0)) n[n == 0] <- draw(which(n == 0))
    n
  }
  poisson <- function(at) rpois(length(at), expected[at])
  negative <- function(at) rnbinom(length(at), size = 2.5, mu = expected[at])
  is_zero <- rbinom(size, 1, zero) == 1
  n <- switch(name,
    zero_inflated_poisson = ifelse(is_zero, 0, poisson(seq_len(size))),
    zero_inflated_negative_binomial = ifelse(is_zero, 0, negative(seq_len(size))),
    hurdle_poisson = ifelse(is_zero, 0, above_zero(poisson)),
    hurdle_negative_binomial = ifelse(is_zero, 0, above_zero(negative)),
    beta_binomial = {
      p <- plogis(-0.8 + 0.7 * half + 0.2 * x + own)
      rbinom(size, 8, rbeta(size, 6 * p, 6 * (1 - p)))
    },
    binned_negative_binomial = negative(seq_len(size))
  )
  data <- data.frame(team = team, talk = talk, x = x, n = n)
  if (name == "binned_negative_binomial") {
    options <- cut(n, c(-1, 0, 2, 5, Inf), labels = c("none", "1-2", "3-5", "6 or more"))
    data$n <- as.character(options)
  }
  data
}

fits <- list(
  zero_inflated_poisson = list(family = zero_inflated_poisson(), zero = "zi"),
  zero_inflated_negative_binomial = list(family = zero_inflated_negbinomial(), zero = "zi", shape = "shape"),
  hurdle_poisson = list(family = hurdle_poisson(), zero = "hu"),
  hurdle_negative_binomial = list(family = hurdle_negbinomial(), zero = "hu", shape = "shape"),
  beta_binomial = list(family = beta_binomial(), shape = "phi"),
  binned_negative_binomial = list(
    family = custom_family(
      "interval_negative_binomial", dpars = c("mu", "shape"), links = c("log", "log"),
      lb = c(NA, 0), type = "int", vars = "vint1[n]"
    ),
    shape = "shape", stanvars = stanvar(block = "functions", scode = "
      real interval_negative_binomial_lpmf(int low, real mu, real shape, int high) {
        if (high < 0) {
          vector[low] below;
          for (k in 1:low) below[k] = neg_binomial_2_lpmf(k - 1 | mu, shape);
          return log1m_exp(log_sum_exp(below));
        } else {
          vector[high - low + 1] inside;
          for (k in low:high) inside[k - low + 1] = neg_binomial_2_lpmf(k | mu, shape);
          return log_sum_exp(inside);
        }
      }")
  )
)

fit_one <- function(name) {
  path <- file.path(reference_folder(), sprintf("families_%s.csv", name))
  data <- simulated(name)
  write.csv(data, path, row.names = FALSE)
  how <- fits[[name]]
  data$half <- unname(c(never = 0, monthly = 0.5, weekly = 1)[data$talk])
  data$centred <- data$x - mean(data$x)
  right <- "0 + Intercept + half + centred"
  left <- "n"
  if (name == "beta_binomial") left <- "n | trials(8)"
  if (name == "binned_negative_binomial") {
    bounds <- list(none = c(0, 0), "1-2" = c(1, 2), "3-5" = c(3, 5), "6 or more" = c(6, -1))
    data$upper <- vapply(data$n, function(label) bounds[[label]][[2]], numeric(1))
    data$n <- vapply(data$n, function(label) bounds[[label]][[1]], numeric(1))
    left <- "n | vint(upper)"
  }
  formula <- as.formula(sprintf("%s ~ %s + (1 | team)", left, right))
  parts <- list()
  priors <- set_prior("normal(0.5, 2)", class = "b", coef = "Intercept") +
    set_prior("normal(0, 1)", class = "b", coef = c("half", "centred")) +
    set_prior("exponential(2)", class = "sd", group = "team", coef = "Intercept")
  if (!is.null(how$zero)) {
    parts <- list(as.formula(sprintf("%s ~ %s", how$zero, right)))
    priors <- priors + set_prior("normal(0, 1.5)", class = "b", coef = "Intercept", dpar = how$zero) +
      set_prior("normal(0, 1)", class = "b", coef = c("half", "centred"), dpar = how$zero)
  }
  if (!is.null(how$shape)) priors <- priors + set_prior("exponential(0.1)", class = how$shape)
  fit <- brm(
    do.call(bf, c(list(formula), parts)), data = data, family = how$family, prior = priors,
    stanvars = how$stanvars,
    chains = 4, cores = 1, iter = 3000, warmup = 750, seed = 20261125, refresh = 0,
    control = list(adapt_delta = 0.95)
  )
  draws <- posterior::as_draws_df(fit)
  mean_x <- mean(data$x)
  columns <- list(
    intercept = draws$b_Intercept - mean_x * draws$b_centred,
    "frequency_effect[talk]" = draws$b_half, "covariate_effects[x]" = draws$b_centred,
    "team_sd[intercept]" = draws$sd_team__Intercept
  )
  if (!is.null(how$zero)) {
    b <- function(term) draws[[sprintf("b_%s_%s", how$zero, term)]]
    columns$zero_intercept <- b("Intercept") - mean_x * b("centred")
    columns[["zero_frequency_effect[talk]"]] <- b("half")
    columns[["zero_covariate_effects[x]"]] <- b("centred")
    columns$zero_probability <- plogis(b("Intercept"))
  }
  if (!is.null(how$shape)) {
    columns[[if (how$shape == "phi") "concentration" else "dispersion"]] <- draws[[how$shape]]
  }
  for (team in c("t01", "t12")) {
    columns[[sprintf("team_effects[%s,intercept]", team)]] <- draws[[sprintf("r_team[%s,Intercept]", team)]]
  }
  # Chains lie behind one another.
  kept <- array(
    unlist(columns), c(max(draws$.iteration), max(draws$.chain), length(columns)),
    list(NULL, NULL, names(columns))
  )
  kept <- posterior::as_draws_array(kept)
  table <- posterior::summarise_draws(
    kept, mean = mean, sd = sd, mcse_mean = posterior::mcse_mean, mcse_sd = posterior::mcse_sd,
    ess_bulk = posterior::ess_bulk, rhat = posterior::rhat
  )
  parameters <- lapply(seq_len(nrow(table)), function(row) as.list(signif(unlist(table[row, -1]), 7)))
  names(parameters) <- table$variable
  nuts <- nuts_params(fit)
  versions <- lapply(setNames(nm = c("brms", "rstan", "posterior")), function(p) as.character(packageVersion(p)))
  reference <- list(
    name = name, family = if (is.null(how$stanvars)) how$family$family else how$family$name, n_rows = nrow(data),
    formula = gsub("[ \n]+", " ", c(deparse(formula), vapply(parts, deparse, ""))),
    priors = gsub(" +", " ", capture.output(print(as.data.frame(priors)[, c("prior", "class", "coef", "dpar")]))),
    divergent = sum(subset(nuts, Parameter == "divergent__")$Value),
    seconds = round(max(rowSums(rstan::get_elapsed_time(fit$fit))), 1),
    versions = c(list(R = as.character(getRversion())), versions), parameters = parameters
  )
  out <- file.path(reference_folder(), sprintf("families_%s.json", name))
  writeLines(toJSON(reference, auto_unbox = TRUE, digits = 8, pretty = TRUE), out)
  print(as.data.frame(table), digits = 3)
}

chosen <- commandArgs(TRUE)
for (name in if (length(chosen)) chosen else names(fits)) fit_one(name)
