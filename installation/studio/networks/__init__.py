"""The image recognition networks whose neurons become pictures: a card with the facts about each, and its wiring.

The project contains no weights. It reads them from a folder that the user names, and checks their sha256. No code in a
weights file can run.
"""
