"""Typed functions over the render schema: one module per aggregate, no decisions."""
