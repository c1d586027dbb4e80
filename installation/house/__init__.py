"""What keeps an unattended show alive."""
