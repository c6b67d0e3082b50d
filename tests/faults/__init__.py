"""Faults of the world around: processes killed at any moment, full disks, databases, mail servers and files that fail.

Every test has real processes of its own (`running`), people who use it through its forms (`people`), and looks
afterwards whether what was acknowledged is there exactly once (`accounting`).
"""
