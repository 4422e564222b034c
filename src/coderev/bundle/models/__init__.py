"""Models: which folders of weights are let in, and what is known of them."""
