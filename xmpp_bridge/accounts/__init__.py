"""Every hub user has an account, and nobody else."""
