"""Reading atlases: families of CPPNs, their latents, and the ways between them."""
