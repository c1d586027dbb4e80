"""Supplies each layer's decoded pictures, drawn ahead at the best quality that the machine can hold."""
