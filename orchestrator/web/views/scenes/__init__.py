"""The editor of a template: its scenes with their fields, shared colours, pictures."""
