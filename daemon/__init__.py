"""The Guidang daemon: captures in, notes out to every backend of the plan."""
