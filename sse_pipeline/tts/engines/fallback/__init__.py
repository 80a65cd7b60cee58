"""An engine of engines: the next one speaks if one fails before its first audio.

`fallback_options` sets up the engines, `fallback_engine` tries them. From outside, only the
catalogue of engines uses this folder.
"""
