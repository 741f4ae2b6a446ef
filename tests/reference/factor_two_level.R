# Two-level factor model of continuous items by maximum likelihood: loadings the same at both
# levels, no residuals between teams. Run: Rscript factor_two_level.R > factor_two_level.json
suppressMessages({library(lavaan); library(jsonlite)})
set.seed(11)
team <- rep(1:80, times = rep(c(6, 9, 12, 13), 20))
n <- length(team)
own <- rnorm(n) + 0.6 * rnorm(80)[team]
loading <- c(0.8, 1.1, 0.6, 0.9)
behind <- outer(own, loading) + matrix(rnorm(4 * n), n)
answers <- pmin(pmax(round(3 + 0.7 * behind), 1), 5)
data <- data.frame(answers, team = team)
names(data)[1:4] <- paste0("q", 1:4)
model <- "level: 1
f =~ NA*q1 + a*q1 + b*q2 + c*q3 + d*q4
f ~~ 1*f
level: 2
g =~ NA*q1 + a*q1 + b*q2 + c*q3 + d*q4
g ~~ v*g
q1 ~~ 0*q1
q2 ~~ 0*q2
q3 ~~ 0*q3
q4 ~~ 0*q4"
fit <- sem(model, data, cluster = "team",
           control = list(rel.tol = 1e-10))
table <- parameterEstimates(fit)
level1 <- table[table$level == 1, ]
loads <- level1[level1$op == "=~", ]
rest <- level1[level1$op == "~~" & level1$lhs != "f", ]
means <- table[table$level == 2 & table$op == "~1" & table$lhs != "g", ]
spread <- table[table$level == 2 & table$op == "~~" & table$lhs == "g", ]
cat(toJSON(list(
  lavaan = as.character(packageVersion("lavaan")), answers = answers, team = team,
  loadings = loads$est, loading_se = loads$se, residual_variance = rest$est,
  means = means$est, mean_se = means$se, team_variance = spread$est,
  team_variance_se = spread$se, loglik = as.numeric(logLik(fit))
), digits = 10, auto_unbox = TRUE), "\n")
