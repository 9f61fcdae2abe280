/**
 * One PostgreSQL server for a whole test run, as a process of its own: prints its connection string and ends,
 * with all its data, when its standard input closes. Durability is off: tests that kill a server start their own.
 */
import { EmbeddedPostgres } from '@mailrun/platform-embedded-postgres';
import { temporaryFolder } from '../temporary-folder.js';

const remove = (path: string) => EmbeddedPostgres.remove(path);
const folder = await temporaryFolder({ kind: 'test-postgres', remove });
const server = await EmbeddedPostgres.start({
  folder,
  settings: { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' },
});
process.stdout.write(`${server.url()}\n`);

const end = async () => {
  await remove(folder);
  process.exit(0);
};
process.stdin.on('end', () => void end()).resume();
// Ctrl-C reaches the whole group: the end of standard input, which follows, is what counts.
process.on('SIGINT', () => undefined);
