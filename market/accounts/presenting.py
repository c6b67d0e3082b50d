"""What the account's page shows, made from rows."""

BROWSERS = {
    "MicroMessenger": "WeChat",
    "Edg": "Edge",
    "OPR": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "Chrome": "Chrome",
    "Version/": "Safari",
}
"""What a browser calls itself → its name. Most claim to be several; the first that is found is meant."""

SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "HarmonyOS": "HarmonyOS",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


def name_browser(said: str) -> str:
    """Browser and system as people know them; of one that is not recognised, all that it said."""
    names = [next((name for sign, name in table.items() if sign in said), "") for table in (BROWSERS, SYSTEMS)]
    return " · ".join(filter(None, names)) or said
