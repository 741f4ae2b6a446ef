"""The minimum-group rule that every table, plot and file obeys."""
