"""Short sentences shown after something was done. An address carries their name, never their text."""

from market.kernel.errors import N_

NOTICES = {
    "saved": N_("Saved."),
    "published": N_("Published. It can be found within seconds."),
    "withdrawn": N_("Withdrawn. Nobody but you sees it now."),
    "renewed": N_("Renewed for a year."),
    "copied": N_("This is a copy. Change what differs, then publish it."),
    "deleted": N_("The draft is deleted."),
    "confirmed": N_("Your mail address is confirmed. Welcome!"),
    "signed_out": N_("You are signed out."),
    "session_ended": N_("That browser is signed out."),
    "password_changed": N_("Your password is changed."),
    "organization_founded": N_("Your organization is here. Now write your first offer or demand."),
}
