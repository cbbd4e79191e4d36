"""What does an answer say? Pure functions from periods, rows and summed cells to what readers get."""
