"""The language of the product: what is said (`events`), counted (`kpis`, `measures`) and shown (`views`), and how it is kept (`keys`, `rows`).

No IO, no clock, and no import of anything else in this repository, so that every other part may rest on it.
"""
