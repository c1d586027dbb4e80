"""What leaves the installation on paper and on disk: sheets, prints, and everything said about a picture."""
