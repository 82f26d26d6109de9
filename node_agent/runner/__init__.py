"""One module per kind of task, and the stages they share."""
