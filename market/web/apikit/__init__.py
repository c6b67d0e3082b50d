"""The JSON toolkit: who asks, what is asked, answers with their tags, refusals as problem details, and the description
of all of it. Rooms write doors with it in their `api.py`; no cookie is read here, so no other site can use a reader's.
"""
