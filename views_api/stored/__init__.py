"""What is stored? The only part that talks to Redis; what it read last is kept here."""
