"""What operators look at: whether the service is well, what it counts, and what it logs."""
