"""Files that are written beside others, and what was left of them."""
