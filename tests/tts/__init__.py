"""Speech: the way of a text to a sound."""
