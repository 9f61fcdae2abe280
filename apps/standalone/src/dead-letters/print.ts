import type { LetterPage, OpenLetter, ReplayResult } from '@mailrun/platform-messaging';
import { adviceFor } from './advice.js';
import { printable } from './printable.js';

/** A letter for programs. Names and meaning stay. */
export function letterJson({ reason, headers, replayableUntil, ...letter }: OpenLetter) {
  return {
    ...letter,
    ...reason,
    tenantId: headers['tenant-id'] ?? null,
    runId: headers['run-id'] ?? null,
    replayableUntil: replayableUntil.toISOString(),
    headers,
  };
}

const times = (count: number) => (count === 1 ? 'once' : `${count} times`);

/** A letter on two lines. */
function lines({ id, service, reason, tries, replays, failedAt, isWaiting }: OpenLetter): string[] {
  const state = isWaiting ? ', waits for its replay' : '';
  const before = replays === 0 ? '' : `, replayed ${times(replays)} before`;
  const facts = `${failedAt}  ${service}  ${reason.family} ${reason.code}, tried ${times(tries)}${before}${state}`;
  return [`${printable(id)}  ${printable(facts)}`, `    ${printable(reason.detail)}`];
}

export function pageLines({ items, next }: LetterPage): string[] {
  if (items.length === 0) return ['No open dead letters.'];
  const more = next === undefined ? [] : [`There are more: list --after ${printable(next)}`];
  return [...items.flatMap(lines), ...more];
}

export function letterLines(letter: OpenLetter, body: string | undefined): string[] {
  const { id, service, reason, tries, replays, key, sizeBytes, failedAt, replayableUntil } = letter;
  const row = (name: string, text: string) => `${name.padEnd(18)}${printable(text)}`;
  return [
    row('dead letter', id),
    row('given up by', service),
    row('at', failedAt),
    row('reason', `${reason.family} ${reason.code}`),
    row('', reason.detail),
    row('tried by itself', times(tries)),
    row('replayed before', replays === 0 ? 'never' : times(replays)),
    row('replayable until', replayableUntil.toISOString()),
    ...(letter.isWaiting ? [row('', 'waits for its replay')] : []),
    row('key', key),
    row('size', `${sizeBytes} bytes`),
    ...Object.entries(letter.headers).map(([name, value]) => row(`header`, `${name}: ${value}`)),
    row('a replay', adviceFor(letter.topic)),
    body === undefined ? row('body', 'not shown: it holds personal data (--content)') : row('body', body),
  ];
}

export function replayLines({ replayed, waiting, tooOld }: ReplayResult): string[] {
  return [
    `Replayed ${replayed}.`,
    ...(waiting === 0 ? [] : [`${waiting} wait for it: they are replayed as soon as Mailrun runs.`]),
    ...(tooOld === 0
      ? []
      : [
          `${tooOld} are too old: what they name may be gone after three days. Drop them (see their advice).`,
        ]),
  ];
}
