"""The format: what a manifest may say, how paths, chunks, blobs and parts look, and how they are read and written."""
