"""What a cell needs, known before it runs: bytes, and whether they are there. No torch here."""
