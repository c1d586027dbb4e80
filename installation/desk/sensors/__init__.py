"""Sensors of a room: MQTT, buttons of this machine, motion in front of a camera. OSC needs no module."""
