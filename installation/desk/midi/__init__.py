"""MIDI as a desk: notes, controllers, programs, Show Control, Machine Control; lights and motor faders as feedback."""
