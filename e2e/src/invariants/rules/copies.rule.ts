import type { MessageDetail, MessageRun } from '@mailrun/contracts';
import type { Rule } from '../evidence.js';

/**
 * Nobody gets another copy of a mail unless a person asked for it by a round, or the sealed mail before was lost before it
 * left.
 */
export const copiesAreAskedFor: Rule = ({ companies }) =>
  companies.flatMap(({ name, runs }) =>
    runs.flatMap(({ run, messages }) =>
      messages.flatMap((message) =>
        faultsOf(run, message).map((fault) => `${name}, message ${message.id}: ${fault}`),
      ),
    ),
  );

function faultsOf({ rounds }: MessageRun, { copies }: MessageDetail): string[] {
  return copies.flatMap(({ copy, round }, index) => {
    const before = copies[index - 1];
    if (copy !== index + 1) return [`copy ${copy} stands where copy ${index + 1} should`];
    if (before === undefined) return round === 1 ? [] : [`its first copy is of round ${round}`];
    if (round === before.round && before.code === 'sealed-mail-lost') return [];
    const asked = rounds.find(({ number, kind }) => number === round && kind !== 'first');
    return asked !== undefined && round > before.round
      ? []
      : [`copy ${copy} is of round ${round}, which nobody began for it`];
  });
}
