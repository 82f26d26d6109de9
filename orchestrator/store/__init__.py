"""The only package that speaks SQL: statements by name, the pool, a module per aggregate."""
