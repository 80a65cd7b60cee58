"""Other ways to stream from the same servers, set up as their documents recommend."""
