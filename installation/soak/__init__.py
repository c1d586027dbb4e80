"""Long trials of a show under its house: what grows, what breaks it, and how soon it is back."""
