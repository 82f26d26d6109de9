"""Commands on templates: what one offers, and pictures of its scenes."""
