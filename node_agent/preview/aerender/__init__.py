"""The aerender stand-in: Adobe's command line and lines, our own pixels."""
