"""What users decide here: campaigns, targets, settings. A command becomes an event in Kafka like any other producer's; the store is written by the processor alone."""
