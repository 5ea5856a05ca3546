"""The flows: how the steps are wired."""
