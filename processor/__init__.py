"""The writer: Kafka in; cells and dead letters out."""
