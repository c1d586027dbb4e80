"""MIDI as a desk: notes, controllers and programs, show control and machine control; lights and faders that follow."""
