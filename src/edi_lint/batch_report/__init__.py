"""A batch at a glance: what many files hold, what of it is at risk, and how that was before."""
