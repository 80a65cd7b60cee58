"""The inspection of one stream, for the staff: live from the store, or from the journal.

`report` collects all that is shown of a stream: components and events (`parts`), one sentence
(`conclusion`), drawings (`machine_drawing`, `timeline_drawing`) and frames (`content`). `watch`
sends a report each time the stream changes. `interventions` carries out what the staff may do.

From outside use `report.make_report`, `watch`, `interventions`, `content.decode_frame` and
`times`. Nothing is imported here: the routes import `watch` before the models of Django are ready.
"""
