"""Named points inside the server and the agent at which chaos kills or freezes the process.

The product knows nothing of them: chaos starts each process through a wrapper of this package
(`server`, `agent`) that patches the few doors that everything goes through (a statement, a commit,
an answer, a rename, a call, a write to the outbox) and asks the call stack who is at the door.
"""
