"""HTTP around the routes: bytes, limits, and what is known of questions that were asked before."""
