"""What keeps the catalogues in step with the pages and honest: extraction, files, exchange with translators, checks.

`locales.messages` is the door; docs/translating.md tells people how to use it. The running market needs none of this.
Every function takes the folder of the catalogues and the root of the sources, so that tests bring their own.
"""
