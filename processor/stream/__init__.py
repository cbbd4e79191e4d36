"""Kafka in: the only code that knows Faust and aiokafka. Hands groups of events to the engine and keeps each record's position exact.

`agent` is the flow of one poll, on one page; `transport` brings polls, made of `batches` and cut by `polls`; `claims` says what may be counted;
`upkeep` is what goes on beside it; `app` puts them together.
"""
