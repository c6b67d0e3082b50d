"""Who gets what at every door: route × verb × role, and on what. Nothing refused changes anything."""

from dataclasses import dataclass

import pytest
from httpx2 import Response

from tests.house.conftest import OpenHouse
from tests.house.walking import Door, House, Role
from tests.make.stored import take_stock

MATRIX = """
verb route                                              visitor unconfirmed stranger member owner   other   organizer staff
GET  static                                             ok      ok          ok       ok     ok      ok      ok        ok
"""
