import { until } from '../system/until.js';
import type { DrillContext } from './drill.js';

/** Waits until the mail server has got so many mails that it has not answered yet. */
export const mailsUnanswered = ({ mailServer: { ledger } }: DrillContext, atLeast: number): Promise<void> =>
  ledger.until(
    ({ mails }) => mails.filter(({ answeredCode }) => answeredCode === undefined).length >= atLeast,
  );

/** The dispatcher's mails of some runs that are in one of the states. @returns their ids */
export async function mailsIn(
  { ground }: DrillContext,
  runIds: readonly string[],
  ...states: readonly string[]
): Promise<string[]> {
  const rows = await ground.system.query<{ id: string }>(
    'select message_id as id from {dispatcher}.mails where run_id = any($1) and state = any($2)',
    [runIds, states],
  );
  return rows.map(({ id }) => id);
}

/** Consumers whose broker has just come back join their groups first. */
const arrivalMs = 90_000;

/** Waits until the run that was started last has so many mails in these states. @returns their ids */
export const mailsArrived = (
  context: DrillContext,
  atLeast: number,
  ...states: readonly string[]
): Promise<string[]> =>
  until(
    `${atLeast} mails that are ${states.join(' or ')}`,
    async () => {
      const ids = await mailsIn(context, [context.workload.newest.id], ...states);
      return ids.length >= atLeast ? ids : undefined;
    },
    { deadlineMs: arrivalMs },
  );
