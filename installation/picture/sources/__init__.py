"""Subjects other than neurons: a drawer for each kind; one table lists them all."""
