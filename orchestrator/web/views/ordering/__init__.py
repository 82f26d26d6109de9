"""The form that orders a render: what was typed, how it is shown, how it is read."""
