"""Judge the frames of split jobs: what is wrong with them, and who makes them again."""
