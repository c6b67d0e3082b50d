"""What every room stands on: settings, database, facts and their delivery, errors, text, money, time.

Knows nothing of HTTP and nothing of any room.
"""
