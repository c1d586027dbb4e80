"""Films and folders of pictures."""
