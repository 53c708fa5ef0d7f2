"""English, with hours as on every clock of the site: after "6 p.m." a sentence would end in two stops."""

DATETIME_FORMAT = "N j, Y, H:i"
SHORT_DATETIME_FORMAT = "m/d/Y H:i"
TIME_FORMAT = "H:i"
