# Simulate grouped counts of our own, shaped like the public ones, and write them as CSV.

# Steps of a monotone curve, by the number of levels.
curve_of <- function(shape) c(0, cumsum(shape))

# Team effects with standard deviations `sd` and one correlation between every two.
simulate_effects <- function(n_teams, sd, correlation) {
  covariance <- outer(sd, sd) * (correlation + diag(1 - correlation, length(sd)))
  matrix(rnorm(n_teams * length(sd)), n_teams) %*% chol(covariance)
}

team_labels <- function(n) sprintf("T%0*d", nchar(n), seq_len(n))

# Levels drawn so that each occurs, alike within teams.
simulate_levels <- function(team, levels) {
  liking <- rnorm(length(team)) + 0.5 * rnorm(max(team))[team]
  cuts <- qnorm(seq_len(length(levels) - 1) / length(levels), sd = 1.1)
  factor(levels[findInterval(liking, cuts) + 1], levels = levels, ordered = TRUE)
}

write_simulated <- function(frame, name) {
  path <- file.path(reference_folder(), paste0(name, ".csv"))
  write.csv(frame, path, row.names = FALSE, quote = FALSE)
  frame
}
