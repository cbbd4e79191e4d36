"""Kafka in: the only code that knows Faust and aiokafka. Hands groups of events to the engine and keeps each record's position exact.

`agent` is the flow of one poll, on one page. `transport` brings polls (asked for as `asking` says, made of `batches`, cut by `polls`, on a `plain_faust`); `claims` says what may be
counted and from where; `dead_letters` takes what cannot be; `upkeep` is what goes on beside it, `watch` looks whether it does; `patience` waits for neighbours; `topics` and
`connection` are about the brokers; `app` puts it together.
"""
