"""What `market backup` writes and `market restore` reads: a manifest, the database, files of the data folder."""
