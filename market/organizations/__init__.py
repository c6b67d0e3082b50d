"""Firms, institutes, universities, transfer centres and other bodies, and who acts for them."""
