"""Draw a project's frames with a 2D engine, near to After Effects but never claimed equal."""
