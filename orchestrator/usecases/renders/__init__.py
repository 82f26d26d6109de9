"""Renders as clients know them: order one, look at them."""
