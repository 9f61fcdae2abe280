/** Whether a person paused the server of a row's mails. Read once for each statement: there are few. */
export const isPaused = (row: string): string =>
  `(select coalesce(array_agg(tenant_id || '/' || server_key), '{}') from paused_servers)
      @> array[${row}.tenant_id || '/' || ${row}.server_key]`;
