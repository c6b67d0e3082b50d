"""Events: whatever people attend, in a city, on days. An edition of the expo, a conference, a matchmaking event, a
delegation that takes part in somebody else's fair. Their words, their state, and who organizes them; what goes on at
them stands in the rooms above.
"""
