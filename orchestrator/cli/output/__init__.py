"""What the command line asks of the video and its sound."""
