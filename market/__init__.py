"""The marketplace, one folder (a room) per noun. A room imports only rooms below it; docs/architecture.md shows the
house.
"""
