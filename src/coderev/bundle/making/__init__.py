"""What making a bundle consists of: the recipe, what it names, blobs, deltas, the bill of materials, media."""
