"""Decoders: from a point in latent space, a view and a size in pixels to pixels."""
