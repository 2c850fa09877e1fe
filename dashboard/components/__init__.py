"""Pieces of pages: each asks for something or shows something."""
