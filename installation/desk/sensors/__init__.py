"""Sensors of a room at the desk: MQTT, buttons of this machine, the motion before a camera. OSC needs no module."""
