"""`make bench`: throughput, latency, memory and recovery, measured against the bars. Not part of `make test`."""
