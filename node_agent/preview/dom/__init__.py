"""The scripting objects of After Effects, as scripts see them, over a project file."""
