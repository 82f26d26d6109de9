"""The state machines as tables: jobs, tasks, nodes; SQL guards and diagrams come from them."""
