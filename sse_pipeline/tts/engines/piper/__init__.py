"""Piper, neural voices: `piper_engine` asks `piper_worker` in a process for each model.

From outside, only the catalogue of engines uses this folder.
"""
