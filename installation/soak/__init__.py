"""Long trials of a show under its house: what grows, what breaks it, and how fast it is back."""
