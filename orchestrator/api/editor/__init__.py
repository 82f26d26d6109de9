"""Thin handlers for who prepares templates: the importer, scenes, colours, previews."""
