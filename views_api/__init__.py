"""The reader: sums cells, divides, stamps and serves. It writes nothing."""
