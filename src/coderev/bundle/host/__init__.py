"""What stands on an installed host: the store, the generations, and what is checked and loaded around an exchange."""
