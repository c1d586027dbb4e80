"""The image recognition networks whose neurons become pictures: a card with what is known about each, and its wiring.

Weights are no part of the project. They are looked for in a folder that the user names, checked by sha256, and read
from safetensors only.
"""
