"""The lease protocol as a model, explored state by state.

`state` says what a farm is, `server` what the server does, `steps` what can happen next,
`invariants` what must hold, `search` explores breadth first, `rules` and `mutants` break things,
`configs` bounds the farms, `real` acts the same steps out on PostgreSQL.

What it leaves out: time (a lease may expire at any moment, so no safety rests on clocks), sessions
(a lease belongs to a node; claims of old sessions are allowed, which is more than the server
allows), the stages of split jobs (one job has one task), and bytes (content is named by the token
of the attempt that made it). What was sent may arrive never, late, again and out of order.
"""
