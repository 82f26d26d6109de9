"""Stages that run one of our scripts inside the engine: bind and scan."""
