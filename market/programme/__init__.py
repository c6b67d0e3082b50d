"""The programme of an event: sessions in rooms, by speakers, in languages. One working copy, and releases that say
where and when; visitors, calendars and other programs see the current release.
"""
