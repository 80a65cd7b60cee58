"""How well texts are read out: `make benchmark OF=reading`.

`sentences` has texts as a model writes them, and beside each the words that a good reader says, by
language and kind. Each preparation turns the text into what an engine is given. It counts as read
if eSpeak NG speaks it with the same phonemes as the expected words.
"""
