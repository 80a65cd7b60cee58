"""eSpeak NG: `espeak_engine` asks `espeak_worker` in a process, `espeak_marks` reads its answer.

From outside, only the catalogue of engines uses this folder.
"""
