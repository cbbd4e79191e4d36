"""How a kind accounts for what it counts: where the entities behind a number are found, what each adds, and what was decided about it, in words.

One file per kind beside its contributions; the table `EXPLAIN` of `kinds/__init__.py` has them all. Pure.
"""
