"""From displayed text to segments of spoken text.

`TextPipeline` is the way in. It leads text through three steps: `cleaning` removes Markdown,
addresses and emoji, `Segmenter` cuts what is left into segments, and `verbalization` writes out
amounts, dates and abbreviations. `SpokenSpan` keeps the place in the displayed text through all of
them.

From outside, use `TextPipeline`, `Segment` and, for an engine that cuts segments again,
`Segmenter`.
"""
