"""The command lines we drive: After Effects or its stand-ins, and ffmpeg."""
