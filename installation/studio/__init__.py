"""Making: networks, training, curation. The player never imports it."""
