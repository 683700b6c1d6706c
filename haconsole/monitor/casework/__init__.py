"""From a live session to a case: what the state has, what a diagnosis reads beside it."""
