"""What an artist writes to grow an atlas, read and checked."""
