"""What was asked and answered: codebook, reading, validation, simulation, example."""
