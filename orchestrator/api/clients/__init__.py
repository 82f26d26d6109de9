"""Handlers for clients and template authors: decode, call one use case, encode."""
