"""Kafka, Valkey, two workers, the API and the page on one machine, out of packages alone: what `make demo`, `make up` and the tests start."""
