/**
 * The one time in every image that the factory makes, in file times and configs, for ever: a time that moved would
 * move digests. 2000 and not 1970, because zip archives begin in 1980 and some tools take zero for "unset".
 */
export const imageTimeSeconds = 946_684_800;

/** The same as RFC 3339, as configs have it. */
export const imageTime = "2000-01-01T00:00:00Z";
