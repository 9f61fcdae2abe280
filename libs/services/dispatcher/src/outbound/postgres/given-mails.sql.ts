/*
 * How a statement finds the mails that it was given, and what is meant for each. That is looked up by the row's key in
 * an object, instead of joined: without statistics the planner would join each row with each other. The list of ids
 * makes it go by the primary key while it takes the tables for small; the bounds make it leave out partitions before
 * it opens them, which a list can't.
 */

const key = (row: string): string => `${row}.message_id || '.' || ${row}.copy`;

/** What was given about the mail of a row, in an object by `message.copy`. */
export const given = (parameter: string, row: string): string => `($${parameter}::jsonb -> (${key(row)}))`;

/** The same, where tokens were given. */
export const givenToken = (parameter: string, row: string): string =>
  `($${parameter}::jsonb ->> (${key(row)}))::uuid`;

/** Mails `m` by their ids, between the first and the last of them. */
export const among = (ids: string, first: string, last: string): string =>
  `m.message_id = any($${ids}::uuid[]) and m.message_id between $${first}::uuid and $${last}::uuid`;
