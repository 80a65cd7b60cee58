"""The demonstration site of sse_pipeline."""
