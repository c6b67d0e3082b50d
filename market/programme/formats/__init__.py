"""Programmes as files: frab XML and JSON, CSV, iCalendar. What is read becomes one neutral form, and what is written is
made from it; nothing here knows the database.
"""
