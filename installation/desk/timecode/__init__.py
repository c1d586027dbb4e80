"""Timecode: reading it, generating it, and a show that chases it."""
