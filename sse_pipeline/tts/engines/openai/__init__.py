"""Speech servers like OpenAI's: `openai_engine` asks `openai_client`, `openai_audio` decodes.

From outside, only the catalogue of engines uses this folder.
"""
