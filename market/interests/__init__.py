"""What a person wants to keep or to hear of: saved searches and their alerts, the shortlist, followed organizations.

Everything here belongs to one person and is shown to nobody else; none of it asks for an organization.
"""
