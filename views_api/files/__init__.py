"""Answers as files, for people and other programs: CSV, and workbooks for Excel. They hold what the answer in JSON holds, with the same rights."""
