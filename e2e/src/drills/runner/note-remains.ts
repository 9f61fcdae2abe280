import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../system/places.js';
import type { DrillGround } from '../ground/drill-ground.js';

/** Not with the logs: those go when the ground is made anew, which a failed drill leads to. */
const folder = join(root, '.cache', 'drill-remains');

const questions = {
  mails: `select message_id, copy, run_id, state, due_at, lease_until, attempts, revision, reply, updated_at
     from {dispatcher}.mails where run_id = any($1) and state not in ('sent', 'failed', 'stopped') limit 50`,
  servers: `select s.* from {dispatcher}.server_states s
     where exists (select from {dispatcher}.mails m where m.tenant_id = s.tenant_id and m.server_key = s.server_key
       and m.run_id = any($1))`,
  connections: 'select * from {dispatcher}.server_connections where $1::uuid[] is not null',
  messages: `select m.id, m.state, m.revision from {runs}.messages m
     join {runs}.message_runs r on r.preparation_id = m.preparation_id
     where r.id = any($1) and m.state not in ('sent', 'failed', 'stopped', 'skipped') limit 50`,
};

/**
 * Writes down what the tables say about the runs of a drill that failed, before its ground is cleared.
 * @returns the file
 */
export async function noteRemains(
  drill: string,
  ground: DrillGround,
  runIds: readonly string[],
): Promise<string> {
  const now = new Date().toISOString();
  const answers = await Promise.all(
    Object.entries(questions).map(async ([name, sql]) => [name, await ground.system.query(sql, [runIds])]),
  );
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${drill}.json`);
  await writeFile(file, JSON.stringify({ now, ...Object.fromEntries(answers) }, undefined, 2));
  return file;
}
