"""What tables converge to under likelihood, pseudo-likelihood and InfoNCE."""
