import type { DeadLetter } from '../port/dead-letter-store.port.js';

/** Longer texts are cut: a record's headers must not outgrow its batch. */
const maxDetailLength = 2000;

type Headers = Readonly<Record<string, string>>;

/** The headers of a dead record in its dead-letter topic: its own, and who gave it up and why. */
export const deadLetterHeaders = ({ service, headers, reason, tries, failedAt }: DeadLetter): Headers => ({
  ...headers,
  'dead-service': service,
  'dead-family': reason.family,
  'dead-code': reason.code,
  'dead-detail': reason.detail.slice(0, maxDetailLength),
  'dead-tries': String(tries),
  'dead-at': failedAt,
});

/** Reads a record of a dead-letter topic back. */
export function deadLetterOf(
  topic: string,
  record: { readonly key: string; readonly headers: Headers; readonly value: string },
): DeadLetter {
  const {
    'dead-service': service = '',
    'dead-family': family,
    'dead-code': code = '',
    'dead-detail': detail = '',
    'dead-tries': tries = '1',
    'dead-at': failedAt = '',
    ...headers
  } = record.headers;
  return {
    topic,
    service,
    key: record.key,
    headers,
    value: record.value,
    reason: { family: family === 'refusal' ? 'refusal' : 'bug', code, detail },
    tries: Number(tries) || 1,
    failedAt,
  };
}
