"""Commands for the people of the farm."""
