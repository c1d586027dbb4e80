"""What leaves the installation on paper and on disk: sheets, prints, and all that is told about a picture."""
