"""What a student handed in: found, read and mended."""
