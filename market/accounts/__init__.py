"""People: accounts, confirmed addresses, sign-in sessions, passwords. What a person may do elsewhere is each room's
own rule.
"""
