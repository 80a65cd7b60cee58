"""Which voice speaks which part of a text.

`writing_scripts` says in which script a character is written, and which scripts a language needs.
`run_engine` gives each run of a text to a voice that can say it, and `run_voices` finds these
voices. From outside, only the catalogue of engines uses this folder.
"""
