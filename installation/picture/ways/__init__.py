"""How the pixels of every way of drawing are computed: its definition, and what is quicker; one table has them all."""
