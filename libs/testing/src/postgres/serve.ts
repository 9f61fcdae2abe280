/**
 * One PostgreSQL server for a whole test run, as a process of its own: prints its connection string and ends,
 * with all its data, when its standard input closes. Durability is off: tests that kill a server start their own.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedPostgres } from '@mailrun/platform-embedded-postgres';

const folder = await mkdtemp(join(tmpdir(), 'mailrun-test-postgres-'));
const server = await EmbeddedPostgres.start({
  folder,
  settings: { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' },
});
process.stdout.write(`${server.url()}\n`);

const end = async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
  process.exit(0);
};
process.stdin.on('end', () => void end()).resume();
// Ctrl-C reaches the whole group: the end of standard input, which follows, is what counts.
process.on('SIGINT', () => undefined);
