"""People of the farm: make, sign in, second factors, sessions, links."""
