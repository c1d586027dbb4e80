"""The console page: the show on any browser in the house, seen alike by everybody who looks."""
