import { setTimeout as delay } from 'node:timers/promises';
import type { Import, ImportKind } from '@mailrun/contracts';
import type { BackOffice } from './back-office.js';

const pollMs = 200;

/** Sends objects as NDJSON. @throws when a line was refused: the sample's data is good, so something else is not. */
export async function importLines(
  office: BackOffice,
  kind: ImportKind,
  lines: readonly object[],
): Promise<Import> {
  const content = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  const bytes = { content, type: 'application/x-ndjson' };
  let { body } = await office.call<Import>({ method: 'POST', path: `/v1/imports/${kind}`, bytes });
  while (body.state === 'running') {
    await delay(pollMs);
    ({ body } = await office.call<Import>({ method: 'GET', path: `/v1/imports/${body.id}` }));
  }
  const [first] = body.refusals;
  if (body.refused > 0 || body.state !== 'completed') {
    const why = first ? ` First: line ${first.line}, ${first.pointer} ${first.detail}` : '';
    throw new Error(
      `The import of ${kind} is ${body.state}; ${body.refused} of ${body.lines} lines were refused.${why}`,
    );
  }
  return body;
}
