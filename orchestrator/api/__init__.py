"""The HTTP API: typed routes, thin handlers, problems, and the OpenAPI document."""
