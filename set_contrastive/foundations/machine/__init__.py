"""What the machine tells of a process."""
