"""Derive the tables of the database from the types of the records."""
