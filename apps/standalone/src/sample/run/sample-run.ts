import { setTimeout as delay } from 'node:timers/promises';
import type { DryRun, messageRunBody, MessageRun, RunState } from '@mailrun/contracts';
import type { z } from 'zod';
import type { BackOffice } from '../back-office.js';
import { definitionKey } from '../configuration/keys.js';

const pollMs = 250;

const runBody = {
  definitionKey,
  selection: {
    clusterCode: 'ALL',
    includeDescendants: true,
    periodFirstDay: '2021-01-01',
    periodLastDay: '2025-12-31',
  },
  note: 'All invoices of the Chinook sample',
} satisfies z.input<typeof messageRunBody>;

/** The sample's run, if an earlier start of the sample has made it. */
export async function findRun(office: BackOffice): Promise<MessageRun | undefined> {
  const path = `/v1/message-runs?definition=${definitionKey}&limit=500`;
  const { body } = await office.call<{ items: MessageRun[] }>({ method: 'GET', path });
  return body.items.find(({ note }) => note === runBody.note);
}

export async function createRun(office: BackOffice): Promise<MessageRun> {
  return (await office.call<MessageRun>({ method: 'POST', path: '/v1/message-runs', body: runBody })).body;
}

export async function readRun(office: BackOffice, id: string): Promise<MessageRun> {
  return (await office.call<MessageRun>({ method: 'GET', path: `/v1/message-runs/${id}` })).body;
}

export async function prepareRun(office: BackOffice, id: string): Promise<void> {
  await office.call({ method: 'POST', path: `/v1/message-runs/${id}/prepare`, body: {} });
}

export async function readDryRun(office: BackOffice, id: string): Promise<DryRun> {
  return (await office.call<DryRun>({ method: 'GET', path: `/v1/message-runs/${id}/dry-run` })).body;
}

/** Names what was shown: another preparation, or another number of messages, is refused. */
export async function startRun(office: BackOffice, id: string, dryRun: DryRun): Promise<void> {
  const body = { preparationId: dryRun.preparationId, expectedMessages: dryRun.messages.toSend };
  await office.call({ method: 'POST', path: `/v1/message-runs/${id}/start`, body });
}

/** Reads the run again and again, as long as it is in one of these states; answers how it is after. */
export async function followRun(
  office: BackOffice,
  id: string,
  states: readonly RunState[],
  signal: AbortSignal,
  onState: (run: MessageRun) => void,
): Promise<MessageRun> {
  for (;;) {
    const run = await readRun(office, id);
    onState(run);
    if (!states.includes(run.state)) return run;
    await delay(pollMs, undefined, { signal });
  }
}
