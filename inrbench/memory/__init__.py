"""What a cell needs before it runs: memory, time, and whether this machine has it."""
