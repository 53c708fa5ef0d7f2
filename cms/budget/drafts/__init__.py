"""Imports on their way: a stored file, its mapping and what was found in it, from the upload to the sign-off."""
