"""The console page: every browser in the house shows the same state of the show."""
