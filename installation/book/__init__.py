"""Output on paper and on disk: sheets, prints, books and archives, and the provenance of pictures."""
