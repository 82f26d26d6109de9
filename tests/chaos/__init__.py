"""Break a whole farm on purpose, by a schedule from one seed, and audit what it made of its work.

The auditor (`audit`) shares no code with the server. It imports nothing of ours but the picture
that the scripted engine draws.
"""
