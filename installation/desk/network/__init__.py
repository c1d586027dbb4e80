"""Sockets: OSC, OSCQuery, sACN, the web server."""
