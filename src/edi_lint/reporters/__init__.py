"""One module for each output format; reporters know findings and nothing else."""
