"""Keeps an unattended show alive."""
