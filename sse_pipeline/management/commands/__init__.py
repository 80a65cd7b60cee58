"""One file for each command. What commands share is in `sse_pipeline.commandline`."""
