"""What is seen beside neurons, kind by kind: each draws its own subjects; one table has them all."""
