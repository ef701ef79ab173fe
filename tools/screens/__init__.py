"""`make screens`: pictures of every screen into `docs/screens/`.

They show the real extension with the real daemon, of a user whose notes are made up, in both
languages and themes.
"""
