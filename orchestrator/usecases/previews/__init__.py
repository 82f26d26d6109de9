"""Pictures of a project as SVG: traced once, recoloured for whoever looks."""
