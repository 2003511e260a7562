"""One turn of a talk, whichever the channel."""
