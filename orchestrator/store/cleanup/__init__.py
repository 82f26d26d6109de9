"""What the janitor reads and writes: its rules, jobs on their way out, rows that served."""
