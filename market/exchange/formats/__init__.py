"""Files of listings: readers and writers of JSON Lines, CSV and XLSX that take one row at a time. They know neither the
database nor HTTP.

`reading.open_rows` opens a file and tells its format, encoding and columns; `columns.guess_columns` says which of these
are ours; `Reading.rows` yields `rows.Row` in the form of the import format, and `rows.RowFault` for what cannot be
read. `writing.write_rows` writes such rows. `vocabularies.read_code` finds the code of a word in any of the twelve
languages. `encodings.ENCODINGS` are those that a sender may choose. `template.write_template` makes the workbook to
fill in. A file that is refused as a whole raises `rows.UnreadableFile`.
"""
