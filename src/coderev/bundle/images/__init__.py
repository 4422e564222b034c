"""Container images: from a layout, an archive or a daemon into the one shape that a bundle stores."""
