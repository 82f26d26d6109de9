"""Turn what a PostgreSQL program said when it failed into one sentence with what to do."""

from orchestrator.embedded.folder import Folder

TAIL_LINES = 40
KNOWN: tuple[tuple[str, str], ...] = (
    ("no space left on device", "The disk of {root} is full. Make room, then start again."),
    ("disk quota exceeded", "The disk quota of {root} is used up. Make room, then start again."),
    (
        "address already in use",
        (
            "The port of the embedded PostgreSQL is taken. Choose another one, or end the program "
            "that listens there."
        ),
    ),
    (
        "another server might be running",
        "Another PostgreSQL server uses {root} but does not answer. End it, then start again.",
    ),
    (
        "pre-existing shared memory block",
        (
            "A killed PostgreSQL server left processes that still use {root}. End them, then start "
            "again."
        ),
    ),
    (
        "permission denied",
        (
            "PostgreSQL may not use {root}. Give the account that starts it the right to write "
            "there, or choose another folder with --data."
        ),
    ),
    (
        "has wrong ownership",
        (
            "{root} belongs to another user. Start as that user, or choose another folder with "
            "--data."
        ),
    ),
    (
        "cannot allocate memory",
        "There is not enough memory for PostgreSQL. Close other programs, then start again.",
    ),
)


def explain(output: str, folder: Folder) -> str:
    """Return one sentence for a person from the words of a failed program."""
    lines = [line.strip() for line in output.splitlines() if line.strip()][-TAIL_LINES:]
    lowered = "\n".join(lines).lower()
    for sign, sentence in KNOWN:
        if sign in lowered:
            return sentence.format(root=folder.root)
    weighty = [line for line in lines if "FATAL" in line or "error:" in line or "PANIC" in line]
    said = (weighty or lines or ["it said nothing"])[-1]
    return (
        f"The embedded PostgreSQL in {folder.root} did not start: {said} "
        f"The whole story is in {folder.log}."
    )
