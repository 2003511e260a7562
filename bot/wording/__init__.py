"""What people read, in their language. It decides nothing."""
