"""One file per resource. A route takes parameters apart and asks the reader; it works out nothing."""
