"""The way in: home page, health, what search engines and machines look for."""
