"""Commands for links between content and the pages it supports."""
