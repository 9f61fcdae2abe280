import { pauseWithoutBroker } from '../catalogue/kafka/stop-without-broker.js';
import { sealedMailDamaged } from '../catalogue/store/sealed-mail-damaged.js';
import type { Mutation } from './mutation.js';

const postgres = 'libs/services/dispatcher/dist/outbound/postgres';
const verify = 'libs/platform/blobs/dist/verify.js';
const newlineOf = (indent: number) => `\n${' '.repeat(indent)}`;

export const ignoresHashes: Mutation = {
  name: 'hashes-ignored',
  what: 'sends what the store gives it, whatever its hash',
  service: 'dispatcher',
  changes: [
    {
      file: verify,
      text: 'if (bytes.length !== from.sizeBytes) throw wrongSize(from, bytes.length);',
      instead: '',
    },
    {
      file: verify,
      text: "if (typeof from !== 'string' && from.sizeBytes !== sizeBytes) throw wrongSize(from, sizeBytes);",
      instead: '',
    },
    { file: verify, text: 'if (sha256Of(bytes) !== from.sha256) throw wrongHash(from);', instead: '' },
  ],
  drill: { ...sealedMailDamaged, rounds: { short: 1, long: 1 }, messages: { short: 48 } },
  noticedBy: 'a damaged mail came',
};

export const ignoresGates: Mutation = {
  name: 'gates-ignored',
  what: 'does not ask whether a run is paused when it claims and marks its mails',
  service: 'dispatcher',
  changes: [
    {
      file: `${postgres}/commit-mails.sql.js`,
      text: "and not exists (select from run_gates g where g.run_id = m.run_id and g.round >= m.round and g.state <> 'running')",
      instead: '',
    },
    { file: `${postgres}/claim-mails.sql.js`, text: "<> 'paused'", instead: "<> 'ignored'" },
    {
      file: `${postgres}/claim-mails.sql.js`,
      text: `and not exists (select from run_gates g${newlineOf(8)}where g.run_id = m.run_id and g.round >= m.round and g.state <> 'running')`,
      instead: '',
    },
  ],
  drill: pauseWithoutBroker,
  noticedBy: 'mails left after the act',
};
