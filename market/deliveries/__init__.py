"""What could not be delivered: facts whose handlers gave up on them, for staff to look at and to have tried again.

It stands above the rooms whose facts these are, since it names what they are about.
"""
