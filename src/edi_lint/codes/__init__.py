"""Code sets that claims use, and how their values are checked; no rule is known here."""
