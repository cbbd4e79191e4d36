"""Where the numbers are kept: one port, two adapters, one contract suite."""
