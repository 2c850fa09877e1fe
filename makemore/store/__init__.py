"""Runs in a database: a SQLite file unless told otherwise, or whatever a URL names."""

from makemore.store.errors import StoreError
from makemore.store.schema import StoredList, StoredRun
from makemore.store.store import STATES, Store

__all__ = ["STATES", "Store", "StoreError", "StoredList", "StoredRun"]
