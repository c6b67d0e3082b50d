"""What only a real Chromium shows: journeys, layout, scripts switched off."""
