"""The files in which other programs publish their weights, read without these programs."""
