"""From what receivers answered to the bytes that were sent, the rule, the route and the status."""
