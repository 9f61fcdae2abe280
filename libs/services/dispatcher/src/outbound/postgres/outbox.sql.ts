/** Part of a statement: enters all copies of a query's rows into the outbox, as one entry. */
export const intoOutbox = (rows: string): string => `
  insert into outbox_entries (tenant_ids, message_ids, copies)
  select array_agg(tenant_id), array_agg(message_id), array_agg(copy) from ${rows} having count(*) > 0`;
